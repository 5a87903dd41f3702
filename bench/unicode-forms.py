"""Writes src/Tern.Models/Tokenizers/Normalizers/UnicodeForms.zlib, the tables of the Unicode normalisation forms.

    python3 bench/unicode-forms.py

One line per code point, hexadecimal, zlib-compressed:
    d 00C0 0041 0300    full canonical decomposition
    k FB01 0066 0069    full compatibility decomposition, where it differs from the canonical one
    c 0300 E6           canonical combining class, where it is not 0
    s 0958              canonical decomposition that composition does not undo
Hangul syllables are left out: they decompose by arithmetic.
"""
import pathlib
import unicodedata
import zlib

lines = [f"# Unicode {unicodedata.unidata_version}"]
for code in range(0x110000):
    if 0xD800 <= code < 0xE000 or 0xAC00 <= code < 0xD7A4:
        continue
    text = chr(code)
    canonical = unicodedata.normalize("NFD", text)
    compatible = unicodedata.normalize("NFKD", text)
    def spell(decomposed):
        return f"{code:04X} " + " ".join(f"{ord(c):04X}" for c in decomposed)
    if canonical != text:
        lines.append("d " + spell(canonical))
        if unicodedata.normalize("NFC", text) != text:
            lines.append(f"s {code:04X}")
    if compatible != canonical:
        lines.append("k " + spell(compatible))
    if unicodedata.combining(text):
        lines.append(f"c {code:04X} {unicodedata.combining(text):X}")

target = pathlib.Path(__file__).parent.parent / "src/Tern.Models/Tokenizers/Normalizers/UnicodeForms.zlib"
target.write_bytes(zlib.compress("\n".join(lines).encode("ascii"), 9))
print(f"{target}: {target.stat().st_size} bytes, {len(lines)} lines, Unicode {unicodedata.unidata_version}")
