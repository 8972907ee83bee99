"""Personal data is found by patterns and checksums, and said by its kind alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.prompts.personal import Found, is_card, is_iban, mask_personal, personal

CARD, IBAN = "4111 1111 1111 1111", "GB82 WEST 1234 5698 7654 32"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("write to ann.lee+x@mail.example.org now", ["email"]),
        (f"charge {CARD}, please", ["card"]),
        ("my amex 3782-822463-10005", ["card"]),
        (f"pay to {IBAN}.", ["iban"]),
        ("my SSN is 078-05-1120", ["ssn"]),
        ("blocked from IP 203.0.113.9", ["ip"]),
        ("call +44 20 7946 0958", ["phone"]),
        ("call me at 555-010-9999", ["phone"]),
        ("key AKIA" + "ABCDEFGH12345678", ["key"]),
        (f"a@b.co and {CARD}", ["email", "card"]),
    ],
)
def test_each_kind_is_found(text, kinds):
    assert [each.kind for each in personal(text)] == kinds


DRESSED = [
    ("4111\u00a01111\u202f1111\u20091111", "card"), ("4111–1111–1111–1111", "card"),
    ("4111.1111.1111.1111", "card"), ("4111 1111\n1111 1111", "card"),
    ("４１１１ １１１１ １１１１ １１１１", "card"), ("٤١١١ ١١١١ ١١١١ ١١١١", "card"),
    ("4111\u200b1111\u200b1111\u200b1111", "card"), ("GB82-WEST-1234-5698-7654-32", "iban"),
    ("GB82\u00a0WEST\u00a01234\u00a05698\u00a07654\u00a032", "iban"),
    ("ＧＢ８２ＷＥＳＴ１２３４５６９８７６５４３２", "iban"), ("ann＠mail.example.org", "email"),
    ("ann\u200b@mail.example.org", "email"), ("SSN 078–05–1120", "ssn"),
    ("the client 2001:db8::17", "ip"), ("＋４４ ２０ ７９４６ ０９５８", "phone"),
    ("Tel. 030/901820", "phone"), ("Tél : 01 23 45 67 89", "phone"),
    ("手机 138 0013 8000", "phone"),
    ("тел. 8 (495) 123-45-67", "phone"), ("هاتف: ٠٥٠١٢٣٤٥٦٧", "phone"),
    ("2200-1234-5678-9019", "card"), ("4111 - 1111 - 1111 - 1111", "card"),
    ("телефона 8-495-123-45-67", "phone"), ("Handynr. 0171 1234567", "phone"),
    ("điện thoại 0912 345 678", "phone"), ("0049 30 901820", "phone"),
    ("IPv6 2001:db8::17", "ip"), ("adresse 203.0.113.9", "ip"), ("адрес 203.0.113.9", "ip"),
    ("github_pat_" + "a1B2" * 10, "key"), ("gsk_" + "a1B2" * 13, "key"),
    ("xai-" + "a1B2" * 20, "key"), ("glpat-" + "a1B2" * 5, "key"), ("npm_" + "a1B2" * 9, "key"),
    ("ASIA" + "ABCDEFGH12345678", "key"), ("AccountKey=" + "a1B2" * 20, "key"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind"), DRESSED)
def test_each_kind_is_found_in_other_writing_and_masked_where_it_stands(text, kind):
    framed = f"été {text} 日本"
    [found] = personal(framed)
    assert (found.kind, text.endswith(framed[found.start : found.end])) == (kind, True)
    assert mask_personal(framed).endswith(f"[{kind.upper()}] 日本")


@pytest.mark.parametrize("before", ["卡号是", "カードは", "번호는", "บัตร", "ລະ", "កាត"])
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("4111111111111111", "card"), ("hf_" + "aB" * 15, "key"), (IBAN, "iban"),
        ("ann@mail.example.org", "email"), ("SSN 078-05-1120", "ssn"), ("IP 203.0.113.9", "ip"),
        ("+44 20 7946 0958", "phone"),
    ],
)  # fmt: skip
def test_letters_that_need_no_blank_beside_them_are_no_part_of_it(before, text, kind):
    after = f"です{'ありがとう' * 6}"
    assert mask_personal(f"{before}{text}{after}") in (
        f"{before}[{kind.upper()}]{after}",
        f"{before}SSN [SSN]{after}",
        f"{before}IP [IP]{after}",
    )


@pytest.mark.parametrize(
    "text",
    [
        "Bestellnr. 4111111111111111",
        "订单号 4111111111111111",
        "заказ № 4111111111111111",
        "commande n° 4111111111111111",
        "pedido 4111111111111111",
        "the server came at 10:20:30",
        "a ratio of 1::2 on the host",
        "",
        "4111 1111 1111 1112",  # its check digit is wrong
        "GB82 WEST 1234 5698 7654 33",
        "078-05-1120",  # no word for it
        "version 10.0.19.4 of the driver",
        "IP filter, release 10.0.19.4",
        "Python 3.11.4.1 host",
        "running Chrome 120.0.6099.109 on the client",
        "see section 10.1.2.3 of the address book",
        "order_4111111111111111",
        "10.0.19.4",
        "order 4111111111111111",
        "invoice no. 4111111111111111",
        "the 12 monkeys, 1984, and 3.14159",
        "a@b",
        "2026-11-29 10:20:30",
        "my cell, since 12.5.2024 10:30",
        "call us by 2026-01-01 12:00",
        "npm_config_registry_of_the_company",
        "order 1000 0010 0110 0093 141",
    ],
)
def test_numbers_that_are_nobodys_are_not(text):
    assert personal(text) == []


def test_a_finding_holds_nothing_of_what_was_found():
    (found,) = personal(f"card {CARD}")
    assert found == Found("card", 5, 24)
    assert not set("4111") & set(repr(found).replace("start=5", "").replace("end=24", ""))


def test_masking_keeps_all_else():
    text = f"Ann <a@b.co> paid {CARD} from {IBAN} today"
    assert mask_personal(text) == "Ann <[EMAIL]> paid [CARD] from [IBAN] today"
    assert mask_personal(text, ("card",)) == f"Ann <a@b.co> paid [CARD] from {IBAN} today"


@pytest.mark.parametrize(
    ("text", "kind"), [(CARD, "card"), ("4111111111111111", "card"), ("+44 20 7946 0958", "phone")]
)
@pytest.mark.parametrize("mark", ["_", "__", "*", "`", "~~"])
def test_what_stands_in_marks_of_markdown_is_masked(mark, text, kind):
    assert mask_personal(f"a {mark}{text}{mark} b") == f"a {mark}[{kind.upper()}]{mark} b"


def test_addresses_beside_names_of_servers_stay_addresses():
    assert mask_personal("docker host 10.0.0.1, server: 203.0.113.9") == (
        "docker host [IP], server: [IP]"
    )


def test_masked_text_has_nothing_left_to_mask():
    masked = mask_personal(f"a@b.co {CARD} {IBAN} call +44 20 7946 0958")
    assert mask_personal(masked) == masked


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, 10**11 - 1), st.integers(1, 9))
def test_one_wrong_digit_is_no_card(middle, off):
    body = f"4000{middle:011d}"
    whole = next(body + str(check) for check in range(10) if is_card(body + str(check)))
    for at in range(4, 16):
        wrong = whole[:at] + str((int(whole[at]) + off) % 10) + whole[at + 1 :]
        assert not is_card(wrong)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text("ABCDEFGHJKLMNPQRSTUVWXYZ", min_size=4, max_size=4), st.integers(0, 10**14 - 1))
def test_two_letters_changed_about_are_no_account_number(bank, number):
    body = f"{bank}{number:014d}"
    turned = "".join(str(int(each, 36)) for each in body + "GB00")
    whole = f"GB{98 - int(turned) % 97:02d}{body}"
    assert is_iban(whole)
    assert is_iban(whole.lower())
    for at in range(4, 21):
        if whole[at] != whole[at + 1]:
            assert not is_iban(whole[:at] + whole[at + 1] + whole[at] + whole[at + 2 :])


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=100))
def test_findings_lie_in_the_text_and_apart(text):
    found = personal(text)
    ends = [0, *(at for each in found for at in (each.start, each.end)), len(text)]
    assert ends == sorted(ends)


@pytest.mark.parametrize(
    "number",
    [
        "AT611904300234573201", "BR1800360305000010009795493C1", "CH9300762011623852957",
        "CY17002001280000001200527600", "CZ6508000000192000145399", "DE89370400440532013000",
        "DK5000400440116243", "EE382200221020145685", "ES9121000418450200051332",
        "FR1420041010050500013M02606", "NL91ABNA0417164300", "PL61109010140000071219812874",
        "SE4550000000058398257466", "TR330006100519786457841326", "IR062960000000100324200001",
    ],
)  # fmt: skip
def test_the_account_numbers_of_many_countries_are_found(number):
    """Examples of the SWIFT registry of IBANs."""
    assert mask_personal(f"pay {number} today") == "pay [IBAN] today"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ntn_abcdefghijklmnopqrstuvwxyz0123456789", "key"),
        ("glsa_abcdefghijklmnopqrstuvwxyz012345_01234567", "key"),
        ("dckr_pat_abcdefghijklmnopqrstuvwxyz0", "key"),
        ("key-0123456789abcdef0123456789abcdef", "key"),
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "key"),
        ("IBANDE89370400440532013000", "iban"),
        ("R\u00fcckruf unter 0171/1234567", "phone"),
        ("windows 10.0.19.45, ip 84.23.11.9", "ip"),
    ],
)
def test_further_keys_and_numbers_beside_their_words_are_found(text, kind):
    assert [each.kind for each in personal(text)] == [kind]


HEX, MIXED = "0123456789abcdef" * 4, "a1B2c3D4e5F6g7H8i9J0" * 5


@pytest.mark.parametrize(
    "key",
    [
        f"FLWSECK_TEST-{HEX[:32]}-X", f"sntrys_eyJ{MIXED[:60]}", f"ops_eyJ{MIXED}",
        f"WPL_AP1.{MIXED[:16]}.{MIXED[:6]}==", f"api_org_{MIXED[:34]}", f"{HEX[:32]}-us12",
        f"whsec_{MIXED[:32]}", f"sq0atp-{MIXED[:22]}", f"GOCSPX-{MIXED[:28]}", f"1//0{MIXED[:40]}",
        f"ABSK{MIXED}", f"xapp-1-A0{MIXED[:9]}-1-{HEX}", f"glrt-{MIXED[:20]}", f"ATBB{MIXED[:32]}",
        f"rubygems_{HEX[:48]}", f"dckr_oat_{MIXED[:32]}", f"rnd_{MIXED[:32]}", f"napi_{MIXED[:64]}",
        f"sb_secret_{MIXED[:31]}", f"pscale_tkn_{MIXED[:43]}", f"NRAK-{MIXED[:27].upper()}",
        f"glc_eyJ{MIXED[:60]}", f"pylf_v1_us_{MIXED[:43]}", f"pcsk_{MIXED[:6]}_{MIXED[:60]}",
        f"tvly-{MIXED[:32]}", f"lin_api_{MIXED[:40]}", f"figd_{MIXED[:40]}", f"fc-{HEX[:32]}",
        f"pat{MIXED[:14]}.{HEX}", f"PMAK-{HEX[:24]}-{HEX[:34]}", f"dp.pt.{MIXED[:43]}",
        f"pul-{HEX[:40]}", f"sqp_{HEX[:40]}", f"rzp_live_{MIXED[:14]}", f"SSWS 00{MIXED[:40]}",
        f"A3-{'ABCDE1-' * 4}ABCDE", f"glsa_{MIXED[:32]}_{HEX[:8]}",
        f"eyJhbGciOiJIUzI1NiJ9.{MIXED[:40]}.{MIXED[:43]}", f"Authorization: Bearer {MIXED[:40]}",
        f"MISTRAL_API_KEY={MIXED[:32]}", f'"client_secret": "{MIXED[:24]}',
        f"-----BEGIN PRIVATE KEY-----\n{MIXED[:64]}\n{MIXED[:64]}\n-----END PRIVATE KEY-----",
    ],
)  # fmt: skip
def test_a_key_of_many_makers_is_masked_whole(key):
    assert mask_personal(f"it is {key} , he said").removeprefix('it is "') in (
        "it is [KEY] , he said",
        "[KEY] , he said",
    )


def test_a_key_in_an_address_is_masked():
    dsn = f"https://{HEX[:32]}@o1.ingest.sentry.io/12"
    assert mask_personal(dsn) == "https[KEY]o1.ingest.sentry.io/12"


@pytest.mark.parametrize(
    "text",
    [
        "server 8.0.33.1", "MySQL server 8.0.33.1", "app server 9.0.5.1", "client 3.2.1.0",
        "login module 2.1.0.4", "address book 2.3.4.5", "server 127.0.0.1", "server 0.0.0.0",
        "call of duty 4 2007 2008 2009", "call option strike 1234.5678", "fax of 1985-1990",
        "номер заказа 1234567", "número de pedido 1234567", "numéro de commande 1234567",
        "telefon model 1234567", "text 1234567 characters", "phone costs 1234567 won",
        "text size 1024 768", "cell count 1 200 000", "Text, 1024 768 px", "call volume: 1200000",
        "call id 1234567", "sms pin 1234567", "git@github.com:org/repo.git", "image@2x.png",
        "batch 5105105105105100", "sk-learn-extra-package-name", "pk-fields-are-indexed-by-default",
        "hf_model_name_from_pretrained", "rnd_seed_experiment_2024_01_05", "A" * 120,
        "ico-arrow-right-24-filled-icon", "live_view_component_registry_2024",
    ],
)  # fmt: skip
def test_versions_years_counts_and_names_are_nobodys(text):
    assert personal(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "client ip 8.0.33.1", "server 203.0.113.7", "host 10.0.0.5", "Cel: (11) 91234-5678",
        "puh. 040 1234567", "HP: 0812-3456-7890", "Zalo 0912345678", "cellulare 333 1234567",
        "telemóvel 912 345 678", "мобільний 067 123 45 67", "011 44 20 7946 0958",
        "contact no 98765 43210", "phone lines in total: 030 1234567",
        "mobile, size 9: 0171 1234567",
    ],
)  # fmt: skip
def test_addresses_and_telephones_beside_further_words_are_found(text):
    [found] = personal(text)
    assert found.kind in ("ip", "phone") and found.end == len(text)
