.venv:
	true
