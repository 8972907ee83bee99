"""Telephone numbers as they are written in a country, with the extra `phone` and without."""

from importlib.util import find_spec

import pytest

from workbench.errors import WorkbenchError
from workbench.filters import PII
from workbench.prompts.personal import mask_personal, personal

needs_phone = pytest.mark.skipif(
    not find_spec("phonenumbers"), reason="the extra phone is not installed here"
)
BRITISH = "we are on 020 7946 0958 till six"  # no word for a telephone, no country's code


def test_without_a_country_a_number_without_a_word_for_it_is_left_alone():
    assert personal(BRITISH) == []
    assert PII().verdict(BRITISH).word == "allow"


@needs_phone
@pytest.mark.parametrize(
    ("text", "region", "masked"),
    [
        (BRITISH, "GB", "we are on [PHONE] till six"),
        (BRITISH, "US", BRITISH),
        ("unter 030 901820 zu haben", "DE", "unter [PHONE] zu haben"),
        ("order 88123 of 2026", "GB", "order 88123 of 2026"),
        ("pay 4111 1111 1111 1111 or 020 7946 0958", "GB", "pay [CARD] or [PHONE]"),
    ],
)
def test_numbers_of_a_country_are_found_as_they_are_written_there(text, region, masked):
    assert mask_personal(text, region=region) == masked


@needs_phone
def test_the_filter_blocks_them_and_has_another_fingerprint():
    british = PII(region="GB")
    british.check()
    assert british.verdict(BRITISH).categories == {"phone": "block"}
    assert british.fingerprint != PII().fingerprint


@needs_phone
def test_a_country_that_is_none_is_refused_before_the_first_text():
    with pytest.raises(WorkbenchError, match="no country has the code 'UK'"):
        PII(region="UK").check()


@pytest.mark.skipif(bool(find_spec("phonenumbers")), reason="the extra phone is installed here")
def test_without_the_extra_a_country_is_refused_with_the_way_to_it():
    with pytest.raises(WorkbenchError, match=r"pip install 'prompt-workbench\[phone\]'"):
        PII(region="GB").check()
