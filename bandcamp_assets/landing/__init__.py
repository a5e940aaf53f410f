"""Landing: how raw files arrive, whole or not at all, and are kept as delivered. Nothing is parsed here."""
