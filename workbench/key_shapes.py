"""Texts in the shape of a key, whatever they are called."""

import re
from collections.abc import Mapping
from typing import Any

from workbench.secrets import SHORTEST, is_secret_name, redact

_KEY_NAME = re.compile(
    r"(^|_)(api_?key|key|token|secret|password|passwd|credentials?)($|_)", re.IGNORECASE
)
# by what makers begin their keys with, so that hardly a word of a text is one
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_BEGINNINGS = (
    r"sntrys_eyJ|sntryu_|ops_eyJ|rubygems_|HRKU-|fo1_|sb_secret_|pscale_(?:tkn|pw)_"
    r"|glc_eyJ|hcaik_|dt0[cs]01\.|essu_|pylf_v\d_|wandb_v1_|pcsk_|tvly-|lin_(?:api|oauth)_"
    r"|figd_|tfp_|PMAK-|dp\.(?:pt|st|ct|sa)\.|snyk_\w{3}\.|sq[pua]_|CCIPAT_|bkua_|CFPAT-"
    r"|rdme_|whsec_|sq0(?:atp|csp)-|GOCSPX-|ABSK|xapp-1-|gl(?:rt|dt|ptt|cbt|soat|ft|imt)-|ATBB|NRAK-"
    r"|FLWSECK(?:_TEST)?-|WPL_AP1\.|api_org_|AGE-SECRET-KEY-1|EAACEdEose0cBA|FlyV1 fm2_|cfut_"
    r"|nvapi-|glpat-|tgp_v1_|pypi-Ag|ATATT3|dckr_oat_|1//0"
)
_WORDS = (  # from the beginning of a word on
    r"(?:sk|pk|rk)-(?=[\w-]{0,80}[A-Za-z0-9]{12})[\w-]{16,}|(?:gh[pousr]|hf)_[A-Za-z0-9]{20,}"
    r"|github_pat_\w{30,}|A[KS]IA[A-Z0-9]{12,}|AIza[\w-]{30,}|xox[abprs]-[\w-]{10,}"
    r"|eyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]+){0,3}"
    r"|(?:gsk|r8|npm|fw|[spr]k_(?:live|test)|dop_v1|shp(?:at|ss|ca|pa)|sbp|lsv2_[ps][tk])_"
    r"[A-Za-z0-9]{20,}(?:_[0-9a-f]{8,})?"
    r"|(?:ntn|secret|glsa|dckr_pat|doo_v1)_[A-Za-z0-9]{26,}(?:_[0-9a-f]{8})?"
    rf"|(?:{_BEGINNINGS})(?=[\w.-]{{0,40}}\d)[\w.=-]{{20,}}"
    r"|(?i:aws_secret_access_key)[\s\"':=]{1,5}[\w/+]{40}|(?:xai|pplx|csk|ico)-[A-Za-z0-9]{30,}"
    r"|(?:live|rnd|rpa|nfp|vcp|napi|pnu)_[A-Za-z0-9]{28,}|dapi[0-9a-f]{32}|ya29\.[\w-]{20,}"
    r"|hv[sb]\.[\w-]{24,}|SG\.[\w-]{16,}\.[\w-]{16,}|\d{8,10}:AA[\w-]{32,}|AccountKey=[\w+/]{40,}"
    r"|hooks\.slack\.com/services/[\w/]{20,}|discord(?:app)?\.com/api/webhooks/\d+/[\w-]{60,}"
    r"|[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}|(?:key-|SK|fc-|pul-|e2b_|sk_)[0-9a-f]{32,}\b"
    r"|[0-9a-f]{32}-us\d{1,2}\b|pa-[\w-]{43}\b|\w{3}8Q~[\w~.-]{31,}|pat\w{14}\.[0-9a-f]{64}\b"
    rf"|(?:pat-(?:na|eu)\d-|access-(?:production|sandbox)-|(?:api|sdk|mob)-){_UUID}\b"
    r"|rzp_(?:live|test)_\w{14}\b|pk_\d{5,12}_\w{32}\b|SSWS 00[\w-]{40}|EAA[AG][\w-]{56,}"
    r"|access_token\$production\$\w{16}\$\w{32}|[12]/\d{16}:[0-9a-f]{32}\b|v1\.0-[0-9a-f-]{120,}"
    r"|A{20,22}(?=[\w%]{0,60}\d)[\w%]{60,}|A3(?:-[A-Z0-9]{5,11}){5,6}\b"
    # behind a name for a key, or in a header
    r"|[Aa]uthorization[\"']?\s?[:=]\s?[\"']?(?:Basic|Bearer|Token) [\w+/.=~-]{16,}"
    r"|(?:[A-Z0-9]+_(?:[A-Z0-9]+_)*(?:KEY|TOKEN|SECRET)|(?i:(?:x-)?api[_-]?key"
    r"|(?:access|auth)[_-]?token|client[_-]?secret))[\"']?\s?[:=]\s?[\"']?"
    r"(?=[\w+/.=~-]{0,40}\d)[\w+/.=~-]{20,}"
)
KEY_VALUE = re.compile(
    rf"(?a)\b(?:{_WORDS})|[?&]sig=[\w%+/]{{40,}}|\.atlasv1\.[\w-]{{60,}}"
    r"|-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?(?:-----(?:(?:(?!-----)[\s\S]){0,20000}"
    r"-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|(?:[\s\\nr]{0,9}[\w+/=]{16,}){0,400}))?"
    r"|://[^/\s:@]*:[^/\s@]+@|://[0-9a-f]{32}@"
)
_SOLID = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[a-zA-Z0-9+/=]{32,}", re.ASCII)
_DENSE = re.compile(r"(?=\S*[a-z])(?=\S*[A-Z])(?=\S*[0-9])[\w+=-]{32,}", re.ASCII)


def is_key_like(name: str, value: object) -> bool:
    """Whether a parameter would carry a key: named like one, in the shape of one, or a secret of
    the environment.
    """
    if isinstance(value, Mapping):
        return any(is_key_like(str(inner), item) for inner, item in value.items())
    if isinstance(value, list | tuple):
        return any(is_key_like(name, item) for item in value)
    if (
        isinstance(value, int | float) and len(str(value)) >= SHORTEST
    ):  # digits alone may be a password
        value = str(value)
    if not isinstance(value, str):
        return False
    if _KEY_NAME.search(name) and value:
        return True
    return bool(KEY_VALUE.search(value) or _DENSE.fullmatch(value)) or redact(value) != value


def holds_key(value: Any) -> bool:
    """Whether a value of a model's entry, whatever it is called, carries a key: in the shape of
    one, or a secret of the environment.
    """
    if isinstance(value, Mapping):
        return any(is_secret_name(str(name)) or holds_key(item) for name, item in value.items())
    if isinstance(value, list | tuple):
        return any(map(holds_key, value))
    return isinstance(value, str) and bool(
        KEY_VALUE.search(value) or _SOLID.fullmatch(value) or redact(value) != value
    )
