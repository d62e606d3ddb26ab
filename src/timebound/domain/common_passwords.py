"""Passwords that everybody tries first, however they are dressed up."""

import re
from collections.abc import Iterator
from typing import Final

_LISTED: Final = """
aaron abc abcabc abcd abcde abcdef abcdefg abcdefgh abhishek access account active admin
administrator adobe alexander alpha amanda amazon america amore andrea andrew android angel angels
animal anthony apple april arsenal asdf asdfg asdfgh asdfghjkl ashley august austin autumn azerty
babygirl bailey banana bandit barbara barcelona baseball basketball batman bayern beautiful benjamin
berlin bitcoin blessed blink bluesky bonjour boomer brandon brasil brian brooklyn bubbles buddy
buster buttercup butterfly cameron canada carlos carolina casper change changeme charles charlie
cheese chelsea chester chicken chocolate chouchou chris christ christian ciao cisco claudia coffee
company computer contrasea contrasena cookie cooper corinthians corvette cowboy cowboys creative
crystal dallas daniel daniela danielle david december default demo destiny diamond dolphin donald
doudou dragon dubsmash eagles edward einstein elephant elizabeth eminem enter estrella everton
exchange facebook family father february ferrari first fishing flamengo florida flower flowers
football forever forget fortnite frank freedom friday friend friends gandalf ganesha garfield geheim
george german germany gfhjkm ginger goddess godzilla golden golfer google grandma guest guitar hallo
hamburg hammer hannah happy hardcore harley harry haslo heather heaven hello helloworld heslo hockey
hola home honda hotmail house hunter iceman iloveu iloveyou india instagram internet iphone isabella
jackson jaguar james january jasmine jason jennifer jessica jessie jesus johnny jordan joseph joshua
july june junior justin juventus kawasaki killer kimberly kitten knight kochanie krishna kumar
lakers lastname laura lauren letmein linkedin liverpool lizard london loulou lovely loveme lover
lucky madison maggie manager march marina marine mariposa marlboro marseille martin master matrix
matthew maverick maximus megan melanie melissa mercedes merlin messi michael michelle mickey
microsoft midnight miller million minecraft mohamed monday money monkey monster montreal morgan
motdepasse mother muhammad mustang mynoob napoli naruto natasha nathan netflix network newpassword
newyork neymar nicholas nicole nikki ninja nirvana nokia november october office oliver olivia
oracle orange pakistan panther parola pass passcode passord passw password passwort patricia patrick
peaches peanut pepper phoenix pikachu player please pokemon police polska porsche princesa princess
private priya purple qazwsx qazwsxedc qwaszx qweasd qweasdzxc qwer qwert qwerty qwertyui qwertyuiop
qwertz rabbit rachel rahul raiders rainbow rajesh ramesh ranger rebecca richard robert roblox rocket
ronaldo root rosebud russia sabrina samantha samsung samuel sandra saturday schatz school scooter
scorpion sebastian secret secure security senha september server shadow shannon shelby sierra silver
simple singer slayer smile snoopy soccer soleil sommer sophie spanky sparky spider spiderman spring
stanley startrek starwars steelers stella steven student summer sunday sunshine super superman
support suresh suzuki sydney system teacher teamo temp temporary tennis tequiero teresa tesla test
tester testing thomas thunder thursday tiger tigers tigger tinkerbell toyota trustno tuesday twitter
unknown user usr vampire vanessa veronica vfhbyf victor victoria viking vincent vmware wachtwoord
warrior wednesday welcome welkom whatever william willow windows winner winston winter wizard xbox
yamaha yankees yellow yourname zachary zaq zaqwsx zaqxsw zxcvbn zxcvbnm
"""
_WORDS: Final = frozenset(_LISTED.split())
"""Words at the heart of what is tried first, in small letters and no more than that."""
_FOLDED: Final = str.maketrans("01345789@$!|+", "oieastbgasiit")
_ENDS: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_TAIL: Final = re.compile(r"[\W\d_]+$")
_FEW: Final = 3
"""As many different characters make no password, however long it is."""
_BARE: Final = 2
"""As many letters between ornaments are no word of anybody's: `Aa123456`."""


def is_common(password: str) -> bool:
    """Whether a password is a common word with ornaments: `P@ssw0rd!`, `Summer2026`, `Qwerty-123`.

    Source: ASVS 5.0, 6.2.4: what is common is refused. The list is ours.
    """
    if len(set(password.lower())) <= _FEW or len(_ENDS.sub("", password)) <= _BARE:
        return True
    return any(one in _WORDS for one in _list_cores(password))


def _list_cores(password: str) -> Iterator[str]:
    """What is left once ornaments are gone, in each way of taking them away."""
    lowered = password.lower()
    for core in (_ENDS.sub("", lowered), _TAIL.sub("", lowered), lowered):
        folded = re.sub(r"[^a-z]", "", core.translate(_FOLDED))
        yield from (re.sub(r"[^a-z]", "", core), folded)
        middle = len(folded) // 2
        if folded[:middle] == folded[middle:]:
            yield folded[:middle]
