"""AES: modes, paddings, initialization vectors, additional data, and everything that cannot be decrypted."""

from __future__ import annotations

from tests.oracle.suite import Entry, Table, select
from tests.oracle.tables import ONE

K16, K24, K32 = "0000111122223333", "000011112222333344445555", "abcdefghijklmnop12345678ABCDEFGH"
IV12, IV16 = "unhex('000000000000000000000000')", "unhex('00000000000000000000000000000000')"
SECRETS = Table(
    "s string, b binary, k string, m string, p string, i int",
    [
        ("Spark", b"\x00\xff", K16, "ECB", "PKCS", 1),
        ("", b"", K24, "ecb", "DEFAULT", 2),
        ("sixteen letters!", bytes(range(40)), K32, "ECB", "pkcs", 3),
        ("é😀", b"x", K16, "ECB", "default", 4),
        (None, None, K16, "ECB", "PKCS", 5),
        ("x", b"x", None, "ECB", "PKCS", 6),
        ("x" * 1000, b"y" * 31, K32, None, "PKCS", 7),
        ("x", b"x", K24, "ECB", None, 8),
    ],
)


def _broken(mode: str, sizes: tuple[int, ...]) -> list[Entry]:
    found: list[Entry] = []
    for size in sizes:
        found += [
            f"{name}(unhex(repeat('00', {size})), '{K16}', '{mode}')" for name in ("aes_decrypt", "try_aes_decrypt")
        ]
    return found


GROUPS = [
    select(
        "encrypt",
        SECRETS,
        "aes_encrypt(s, k, 'ECB')",
        "aes_encrypt(b, k, 'ECB', 'PKCS')",
        "aes_encrypt(s, k, m)",
        "aes_encrypt(s, k, m, p)",
        "aes_encrypt(s, k, m, p, '')",
        "aes_encrypt(s, k, m, p, null)",
        "aes_encrypt(s, k, m, p, '', '')",
        f"aes_encrypt(s, k, 'CBC', 'DEFAULT', {IV16})",
        f"aes_encrypt(b, k, 'cbc', 'PKCS', {IV16})",
        "aes_encrypt(s, k, 'CBC', 'DEFAULT', 'initial vector16')",
        f"aes_encrypt(s, k, 'GCM', 'DEFAULT', {IV12})",
        f"aes_encrypt(b, k, 'GCM', 'NONE', {IV12})",
        f"aes_encrypt(s, k, 'GCM', 'DEFAULT', {IV12}, 'This is an AAD mixed into the input')",
        f"aes_encrypt(s, k, 'GCM', 'DEFAULT', {IV12}, s)",
        f"aes_encrypt(s, k, 'GCM', 'DEFAULT', {IV12}, null)",
        f"aes_encrypt(s, unhex('00112233445566778899AABBCCDDEEFF'), 'GCM', 'DEFAULT', {IV12})",
        "length(aes_encrypt(s, k))",
        "length(aes_encrypt(s, k, 'GCM', 'NONE'))",
        "length(aes_encrypt(s, k, 'CBC'))",
        "length(aes_encrypt(b, k, 'CBC', 'PKCS', ''))",
        "length(aes_encrypt(b, k, 'GCM', 'DEFAULT', '', s))",
    ),
    select(
        "there and back",
        SECRETS,
        "cast(aes_decrypt(aes_encrypt(s, k), k) as string)",
        "cast(aes_decrypt(aes_encrypt(s, k, 'CBC'), k, 'CBC') as string)",
        "aes_decrypt(aes_encrypt(b, k, 'ECB'), k, 'ECB')",
        "aes_decrypt(aes_encrypt(b, k, 'ECB', 'PKCS'), k, 'ECB', 'DEFAULT')",
        "aes_decrypt(aes_encrypt(b, k, 'GCM', 'DEFAULT', '', s), k, 'GCM', 'DEFAULT', s)",
        "aes_decrypt(aes_encrypt(b, k, m, p), k, m, p)",
        "try_aes_decrypt(aes_encrypt(b, k), k)",
        "try_aes_decrypt(aes_encrypt(b, k, 'GCM', 'DEFAULT', '', 'x'), k, 'GCM', 'DEFAULT', 'y')",
        "try_aes_decrypt(aes_encrypt(b, k), reverse(k))",
        "try_aes_decrypt(aes_encrypt(b, k, 'ECB'), reverse(k), 'ECB') is null",
        "try_aes_decrypt(b, k)",
        "try_aes_decrypt(b, k, 'CBC')",
        "try_aes_decrypt(b, k, m)",
        "try_aes_decrypt(b, s)",
        "try_aes_decrypt(b, k, 'XYZ')",
        "try_aes_decrypt(b, k, 'GCM', 'PKCS')",
        "aes_decrypt(aes_encrypt(s, k, 'ECB'), k, 'ECB', 'DEFAULT', 'unused')",
        f"aes_decrypt(unhex('83F16B2AA704794132802D248E6BFD4E380078182D1544813898AC97E709B28A94'), '{K16}')",
        f"aes_decrypt(unhex('4A5CA1B6CB2B5A4A'), '{K16}', 'ECB', null)",
    ),
    select(
        "from Python",
        SECRETS,
        ("mode", lambda F: F.aes_encrypt("s", "k", F.lit("ECB"))),
        ("keywords", lambda F: F.aes_encrypt("s", "k", mode=F.lit("ECB"), iv=F.lit(""))),
        ("columns", lambda F: F.aes_encrypt("s", F.col("k"), F.col("m"), F.col("p"))),
        ("additional data", lambda F: F.length(F.aes_encrypt("s", "k", aad=F.lit("q")))),
        ("decrypt", lambda F: F.aes_decrypt(F.aes_encrypt("s", "k", F.lit("CBC")), "k", F.lit("CBC"), F.lit("PKCS"))),
        ("try to decrypt", lambda F: F.try_aes_decrypt("b", "k", aad=F.lit("q"))),
    ),
    select(
        "errors",
        ONE,
            f"aes_encrypt('s', '{K16}', 'ECB', 'NONE')",
            f"aes_encrypt('s', '{K16}', 'GCM', 'PKCS')",
            f"aes_encrypt('s', '{K16}', 'CBC', 'NONE')",
            f"aes_encrypt('s', '{K16}', 'XYZ')",
            f"aes_encrypt('s', '{K16}', 'GCM', 'XYZ')",
            f"aes_encrypt('s', '{K16}', 'gCm', ' DEFAULT')",
            f"aes_encrypt('s', '{K16}', 1)",
            "aes_encrypt('s', 'short')",
            "aes_encrypt('s', '')",
            "aes_encrypt('s', 'short', 'XYZ')",
            "aes_encrypt(null, 'short', 'XYZ')",
            f"aes_encrypt('s', '{K16}', 'ECB', 'DEFAULT', {IV16})",
            f"aes_encrypt('s', '{K16}', 'ECB', 'DEFAULT', '', 'aad')",
            f"aes_encrypt('s', '{K16}', 'ECB', 'DEFAULT', 'iv', 'aad')",
            f"aes_encrypt('s', '{K16}', 'CBC', 'DEFAULT', {IV12})",
            f"aes_encrypt('s', '{K16}', 'CBC', 'DEFAULT', 'iv', 'aad')",
            f"aes_encrypt('s', '{K16}', 'CBC', 'DEFAULT', '', 'aad')",
            f"aes_encrypt('s', '{K16}', 'CBC', 'DEFAULT', {IV16}, 'aad')",
            f"aes_encrypt('s', '{K16}', 'GCM', 'DEFAULT', {IV16})",
            "aes_encrypt('s')",
            f"aes_encrypt('s', '{K16}', 'GCM', 'DEFAULT', '', '', '')",
            f"aes_encrypt(1, '{K16}')",
            f"aes_encrypt(array(1), '{K16}')",
            "aes_encrypt('s', 1)",
            "aes_encrypt('s', null)",
            f"aes_encrypt('s', '{K16}', 'GCM', 'DEFAULT', 1)",
            f"aes_encrypt('s', '{K16}', 'GCM', 'DEFAULT', '', 1.5)",
            f"aes_encrypt('s', '{K16}', array('GCM'))",
            f"aes_decrypt(aes_encrypt('s', '{K16}'), '{K32}')",
            f"aes_decrypt('short', '{K16}')",
            f"aes_decrypt('', '{K16}')",
            "aes_decrypt('s', 'k')",
            f"aes_decrypt('s', '{K16}', 'ECB', 'NONE')",
            f"aes_decrypt(aes_encrypt('s', '{K16}', 'GCM', 'DEFAULT', {IV12}, 'a'), '{K16}', 'GCM', 'DEFAULT', 'b')",
            f"aes_decrypt('s', '{K16}', 'CBC', 'DEFAULT', 'x')",
            f"aes_decrypt(unhex(repeat('00', 48)), '{K16}', 'CBC', 'DEFAULT', 'x')",
            "aes_decrypt('s')",
            f"aes_decrypt('s', '{K16}', 'a', 'b', 'c', 'd')",
            f"aes_decrypt(1, '{K16}')",
            f"try_aes_decrypt(1, '{K16}')",
            "try_aes_decrypt('s', 1)",
            "try_aes_decrypt('s')",
            f"try_aes_decrypt('s', '{K16}', 'a', 'b', 'c', 'd')",
            f"try_aes_decrypt(null, '{K16}')",
    ),
    select("broken GCM", ONE, *_broken("GCM", (0, 11, 12, 13, 27, 28, 29))),
    select("broken CBC", ONE, *_broken("CBC", (0, 15, 16, 17, 31, 32, 48))),
    select("broken ECB", ONE, *_broken("ECB", (0, 1, 15, 16, 32))),
    select("errors, ANSI off", ONE, f"aes_encrypt(1, '{K16}')", "aes_encrypt('s', 1)", f"aes_encrypt('s', '{K16}', 1)", f"try_aes_decrypt(1, '{K16}')", ansi="false"),
]  # fmt: skip
