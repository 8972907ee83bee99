"""Letters of other scripts that look like ASCII ones."""

_BY_LETTER = {
    "a": "аɑαａ", "b": "Ьƅ", "c": "сϲⅽ", "d": "ԁⅾɗ", "e": "еҽ℮ε", "f": "ƒſ", "g": "ɡցǥ", "h": "һհ",
    "i": "іıɩιӏⅰ", "j": "јϳ", "k": "κкᴋ", "l": "ⅼӀǀ", "m": "мⅿ", "n": "ոռпη", "o": "оοօσ",
    "p": "рρ", "q": "ԛգ", "r": "гᴦɾ", "s": "ѕꜱ", "t": "тτᴛ", "u": "υսʋц", "v": "νѵⅴ", "w": "ԝѡωա",
    "x": "хⅹχ", "y": "уүγ", "z": "ᴢʐ",
    "A": "АΑ", "B": "ВΒ", "C": "СϹ", "D": "Ꭰ", "E": "ЕΕ", "F": "Ϝ", "G": "Ԍ", "H": "НΗ", "I": "ІΙ",
    "J": "ЈͿ", "K": "КΚ", "L": "Ꮮ", "M": "МΜ", "N": "Ν", "O": "ОΟՕ", "P": "РΡ", "Q": "Ԛ", "R": "Ꭱ",
    "S": "ЅՏ", "T": "ТΤ", "U": "Ս", "V": "Ѵ", "W": "Ԝ", "X": "ХΧ", "Y": "УΥҮ", "Z": "Ζ",
}  # fmt: skip
_SMALL = zip("abcdefghijklmnoprstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", strict=True)
LOOKALIKES = {ord(other): letter for letter, others in _BY_LETTER.items() for other in others}
LOOKALIKES |= {ord(other): letter for letter, other in _SMALL}
LOOKALIKES |= {0x1F1E6 + place: chr(0x61 + place) for place in range(26)}  # halves of flags
