"""The kinds of personal data that a pattern can find; the patterns lie in `personal`, which takes
45 ms to import: it is, where a text is searched.
"""

VERSION = 5  # of what is found: another when the patterns find other things
NAMES = {  # that which stands first is found first
    "key": "keys", "email": "e-mail addresses", "iban": "IBANs", "card": "card numbers",
    "ssn": "social security numbers", "ip": "IP addresses", "phone": "phone numbers",
}  # fmt: skip
KINDS = tuple(NAMES)
