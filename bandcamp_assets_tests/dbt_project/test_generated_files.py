"""The committed files that are made from the contract are what the contract makes."""

from __future__ import annotations

from pathlib import Path

from bandcamp_assets.contract.countries import (
    countries,
    countries_csv,
    country_texts,
    country_texts_csv,
    write_seeds,
)
from bandcamp_assets.contract.dbt_source import source_yaml
from bandcamp_assets_tests.dbt_project.duckdb_dbt import PROJECT


def test_source_yaml_is_what_the_contract_makes() -> None:
    assert (PROJECT / "models" / "sources" / "sales.yml").read_text(encoding="utf-8") == source_yaml()


def test_country_seed_is_what_pycountry_makes() -> None:
    assert (PROJECT / "seeds" / "countries.csv").read_text(encoding="utf-8") == countries_csv()


def test_country_text_seed_is_what_pycountry_makes() -> None:
    assert (PROJECT / "seeds" / "country_texts.csv").read_text(encoding="utf-8") == country_texts_csv()


def test_both_seeds_of_countries_are_written_as_they_are_committed(tmp_path: Path) -> None:
    write_seeds(tmp_path)

    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert written == {
        name: (PROJECT / "seeds" / name).read_bytes() for name in ("countries.csv", "country_texts.csv")
    }


def test_every_country_has_a_name_of_its_own() -> None:
    names = [name for *_, name in countries()]

    assert len(set(names)) == len(names)


def test_country_texts_know_the_odd_codes_of_the_archive() -> None:
    meanings = dict(country_texts())

    assert [meanings.get(text) for text in ("c2", "xk", "cw", "me", "na", "hy", "")] == [
        *("CN", "XK", "CW", "ME", "NA", None, None)
    ]


def test_withdrawn_codes_have_names_and_never_take_one_of_today() -> None:
    by_code = {alpha_2: name for alpha_2, _, _, name in countries()}
    meanings = dict(country_texts())

    assert [by_code[code] for code in ("AN", "CS", "SU", "YU")] == [
        *("Netherlands Antilles", "Serbia and Montenegro", "Soviet Union", "Yugoslavia")
    ]
    # Each of these codes or names once meant another country.
    assert [by_code[code] for code in ("AI", "BQ", "BY", "GE", "SK")] == [
        *("Anguilla", "Bonaire, Sint Eustatius and Saba", "Belarus", "Georgia", "Slovakia")
    ]
    assert [meanings[text] for text in ("an", "ant", "netherlands antilles", "burma", "atf")] == [
        *("AN", "AN", "AN", "MM", "TF")
    ]
