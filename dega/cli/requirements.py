"""What the internet branch must do: the requirements, by the numbers that tests carry (`@pytest.mark.requirement`)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement. `is_built` false: nothing of it is there yet, and no test carries its number."""

    number: str
    group: str
    text: str
    is_built: bool = True


REACH = "Reach"
REGISTERING = "Who may register"
LOGIN = "Login"
PASSWORD = "Password"  # noqa: S105
CONDUCT = "Security conduct"
MONEY = "Moving money, and the nightly update"
HELP = "Help, contact, complaints"
OPERATION = "Browsers and operation"

REQUIREMENTS = (
    Requirement("R1", REACH, "Open 24 hours a day, every day"),
    Requirement("R2", REACH, "Any transaction from anywhere with a computer alone, JavaScript off"),
    Requirement("R3", REACH, "Works from abroad with no extra request; times are Tirana's"),
    Requirement("R4", REACH, "The customer can't change the mobile number online"),
    Requirement("R5", REACH, "A detailed user manual, open to all, with an anchor for each menu"),
    Requirement("R6", REGISTERING, "Individual customers only"),
    Requirement("R7", REGISTERING, "KSHBI version 002 or higher is signed"),
    Requirement("R8", REGISTERING, "A mobile number is registered at the branch; codes go only there"),
    Requirement("R9", REGISTERING, "Registration needs the customer number; strangers' get the same answer"),
    Requirement("R10", REGISTERING, "The customer number, 9 digits, is given at opening and never changes"),
    Requirement("R11", REGISTERING, "The customer chooses a password of letters and digits"),
    Requirement("R12", REGISTERING, "Registration ends in a user who can log in at once"),
    Requirement("R13", REGISTERING, "Nobody registers twice"),
    Requirement("R14", LOGIN, "Step one: the customer number, and nothing else"),
    Requirement("R15", LOGIN, "Step two: the password; no message says which was wrong"),
    Requirement("R16", LOGIN, "Step three: the FNP by SMS, single use, bound to this attempt"),
    Requirement("R17", LOGIN, "The FNP expires after 120 seconds"),
    Requirement("R18", LOGIN, "No FNP? Coverage, a full inbox, the Call Center, another code"),
    Requirement("R19", LOGIN, "Optional virtual keyboard, usable without JavaScript"),
    Requirement("R20", LOGIN, "After failures the user is blocked; the remedy is the Call Center"),
    Requirement("R21", LOGIN, "Forgotten number or password: the Call Center"),
    Requirement("R22", LOGIN, "A block is of this channel: the accounts live on"),
    Requirement("R23", PASSWORD, "Changed in “Mbi Sigurinë” with the old password and an FNP"),
    Requirement("R24", PASSWORD, "Must be changed every 180 days; announced 14 days ahead"),
    Requirement("R25", PASSWORD, "The expired password is changed after the FNP"),
    Requirement("R26", CONDUCT, "Lost phone: close the SIM; staff and the customer can block at once"),
    Requirement("R27", CONDUCT, "An FNP nobody asked for: what it was for, and “Nuk isha unë”"),
    Requirement("R28", CONDUCT, "“Rregullat e Sigurisë” is public and linked"),
    Requirement("R29", CONDUCT, "Sessions are protected: cookies, limits, logout, form tokens"),
    Requirement("R30", MONEY, "Financial transactions at any hour but 21:00 to midnight, Tirana"),
    Requirement("R31", MONEY, "Only financial transactions stop then"),
    Requirement("R32", MONEY, "That refusal has a code, the window, when to try again, Retry-After"),
    Requirement("R33", MONEY, "Started before 21:00 and confirmed after it: refused, the draft kept"),
    Requirement("R34", MONEY, "What runs at 21:00 completes whole before the update, or not at all"),
    Requirement("R35", MONEY, "Executed online, at once"),
    Requirement("R36", MONEY, "Checked online in “Veprimet e Llogarisë”"),
    Requirement("R37", MONEY, "What can't be done is refused with a specific reason"),
    Requirement("R38", MONEY, "A general error names the Call Center and a case number"),
    Requirement("R39", HELP, "“Ndihmë” at the top of every page, about that page"),
    Requirement("R40", HELP, "“Kontaktet” at the top of every page: leave a message"),
    Requirement("R41", HELP, "“Sugjerime & Ankesa”: a reference, its state, the staff's inbox"),
    Requirement("R42", HELP, "Call Center 24/7, e-mail, social networks, WhatsApp"),
    Requirement("R43", HELP, "The Call Center handles any problem, audited"),
    Requirement("R44", OPERATION, "Internet Explorer, Firefox, Opera, Safari, Chrome"),
    Requirement("R45", OPERATION, "Markup that Internet Explorer 6 can show"),
    Requirement("R46", OPERATION, "States of users and accounts, and every way between them"),
    Requirement("R47", OPERATION, "Phone number, KSHBI version, accounts come from the branch"),
    Requirement("R48", OPERATION, "Operations work through one configuration, checked at start"),
)
