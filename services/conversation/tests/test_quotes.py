"""What is new in a mail, and what is not."""

from __future__ import annotations

import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nitka.conversation.domain.quotes import trim

OLD = "> Dear shop,\n>\n> where is my parcel?"

INTRODUCTIONS = [
    "On Mon, 12 Jan 2026 at 14:22, Ann Lee <ann@shop.example> wrote:",
    "On 12 January 2026, at 14:22, Ann Lee wrote:",
    "On Mon, 12 Jan 2026 at 14:22, A Very Long Name of a Person <\nann@shop.example> wrote:",
    "On Mon, 12 Jan 2026 at 14:22, Ann Lee <ann@shop.example>\nwrote:",
    "---- On Mon, 12 Jan 2026 14:22:03 +0100 Ann Lee <ann@shop.example> wrote ----",
    "Ann Lee <ann@shop.example> wrote on 12/01/2026 14:22:",
    "pon., 12 sty 2026 o 14:22 Anna Lis <anna@sklep.example> napisał(a):",
    "W dniu 12.01.2026 o 14:22, Anna Lis pisze:",
    "Dnia 12 stycznia 2026 14:22 Anna Lis <anna@sklep.example> napisał(a):",
    "Wiadomość napisana przez Anna Lis <anna@sklep.example> w dniu 12 sty 2026, o godz. 14:22:",
    "Em seg., 12 de jan. de 2026 às 14:22, Ana Lima <ana@loja.example> escreveu:",
    "Em 12/01/2026 14:22, Ana Lima escreveu:",
    "Ayşe Ak <ayse@magaza.example>, 12 Oca 2026 Pzt, 14:22 tarihinde şunu yazdı:",
    "12 Oca 2026 Pzt 14:22 tarihinde Ayşe Ak <ayse@magaza.example> şunu yazdı:",
    "Am Mo., 12. Jan. 2026 um 14:22 Uhr schrieb Anna Lang <anna@laden.example>:",
    "Am 12.01.26 um 14:22 schrieb Anna Lang:",
    "Anna Lang <anna@laden.example> schrieb am Mo., 12. Jan. 2026,\n14:22 Uhr:",
    "Le lun. 12 janv. 2026 à 14:22, Anne Lys <anne@boutique.example> a écrit :",
    "Le 12/01/2026 à 14:22, Anne Lys a écrit :",
    "El lun, 12 ene 2026 a las 14:22, Ana Luz (<ana@tienda.example>) escribió:",
    "El 12/1/26 a las 14:22, Ana Luz escribió:",
    "Il giorno lun 12 gen 2026 alle ore 14:22 Anna Leo <anna@negozio.example> ha scritto:",
    "Il 12/01/2026 14:22, Anna Leo ha scritto:",
    "Op ma 12 jan 2026 om 14:22 schreef Anna Laan <anna@winkel.example>:",
    "Op 12-01-2026 om 14:22 schreef Anna Laan:",
    "Den mån 12 jan. 2026 kl 14:22 skrev Anna Lind <anna@butik.example>:",
    "пн, 12 янв. 2026 г. в 14:22, Анна Лис <anna@shop.example>:",
]

BLOCKS = [
    ("From: Ann Lee <ann@shop.example>\nSent: Monday, January 12, 2026 2:22 PM\nTo: Ben\nSubject: Parcel"),
    ("Od: Anna Lis <anna@sklep.example>\nWysłano: poniedziałek, 12 stycznia 2026 14:22\nDo: Ben\nTemat: Paczka"),
    ("De: Ana Lima <ana@loja.example>\nEnviada em: segunda-feira, 12 de janeiro\nPara: Ben\nAssunto: Pacote"),
    ("Gönderen: Ayşe Ak\nGönderildi: 12 Ocak 2026 Pazartesi 14:22\nKime: Ben\nKonu: Paket"),
    ("Von: Anna Lang\nGesendet: Montag, 12. Januar 2026 14:22\nAn: Ben\nCc: Cem;\n Dora;\n Eva\nBetreff: Paket"),
    ("De : Anne Lys\nEnvoyé : lundi 12 janvier 2026 14:22\nÀ : Ben\nObjet : Colis"),
    ("De: Ana Luz\nEnviado el: lunes, 12 de enero de 2026 14:22\nPara: Ben\nAsunto: Paquete"),
    ("Da: Anna Leo\nInviato: lunedì 12 gennaio 2026 14:22\nA: Ben\nOggetto: Pacco"),
    ("Van: Anna Laan\nVerzonden: maandag 12 januari 2026 14:22\nAan: Ben\nOnderwerp: Pakket"),
    ("*From:* Ann Lee <ann@shop.example>\n*Date:* Monday, January 12\n*To:* Ben\n*Subject:* Parcel"),
    ("________________________________\nFrom: Ann Lee\nSent: Monday\nTo: Ben\nSubject: Parcel"),
    "-----Original Message-----\nFrom: Ann Lee\nSubject: Parcel",
    "-----Ursprüngliche Nachricht-----\nVon: Anna Lang",
    "-----Oryginalna wiadomość-----\nOd: Anna Lis",
    "-------- Mensagem original --------\nDe: Ana Lima",
    "----- Orijinal Mesaj -----\nKimden: Ayşe Ak",
]


@pytest.mark.parametrize("intro", INTRODUCTIONS)
def test_a_quote_goes_with_the_line_above_it(intro: str) -> None:
    found = trim(f"It has come, thank you!\n\nBen\n\n{intro}\n\n{OLD}\n")
    assert found.fresh == "It has come, thank you!\n\nBen"
    assert found.quoted == f"{intro}\n\n{OLD}"


@pytest.mark.parametrize("intro", INTRODUCTIONS)
def test_an_introduced_mail_without_marks_takes_the_rest(intro: str) -> None:
    if intro.startswith("On 12 January 2026, at"):
        intro = intro.replace("Ann Lee", "Ann Lee <ann@shop.example>")
    found = trim(f"It has come!\n\n{intro}\n\nDear Ben,\n\nhas it come?\n\nAnn")
    assert found.fresh == "It has come!"
    assert found.quoted.endswith("Ann")


@pytest.mark.parametrize("block", BLOCKS)
def test_an_earlier_mail_below_its_headers_takes_the_rest(block: str) -> None:
    found = trim(f"It has come!\n\n{block}\n\nDear Ben,\n\nhas it come?\n> really?\n\nAnn")
    assert found.fresh == "It has come!"
    assert found.quoted.startswith(block) and found.quoted.endswith("Ann")


@pytest.mark.parametrize(
    "text",
    [
        "On the other hand:\n- one\n- two",
        "On 12.01.2026 I wrote:\n\nplease send it to the old address. That was wrong.",
        "As I wrote on 12.01.2026, these are missing:\n\n- one\n- two",
        "From: Berlin\nTo: Warsaw\nDate: 12.01.2026\n\nWhat does the parcel cost?",
        "We need:\nDate: 12.01.2026\nSubject: chemistry\nplease",
        "The price of 3 > 2 is\n\nnot right.",
        "These are the points:\n-- one\n-- two\n-- three\n\nThank you",
        "Sent from Warsaw on Monday, and it is not here yet.",
        "I looked at it at 14:22, my address is ann@shop.example:\n\nMain Street 1",
        "> only a quote, from nobody",
        "Chapter one\n=====\nand so on",
        "Sent from my iPhone",
        "",
        "\n\n",
    ],
)
def test_own_words_stay(text: str) -> None:
    assert trim(text) == (text.strip("\n"), "")


def test_answers_between_quotes_stay_with_what_they_answer() -> None:
    text = (
        "Hello,\n\nOn 12 Jan 2026, Ann <ann@shop.example> wrote:\n> Which size?\n\nLarge.\n\n> Which colour?"
        "\n\nRed.\n\n> Bye,\n> Ann\n\n-- \nBen\n"
    )
    found = trim(text)
    assert found.fresh == "Hello,\n\n> Which size?\n\nLarge.\n\n> Which colour?\n\nRed."
    assert found.quoted.split("\n")[0].startswith("On 12 Jan") and found.quoted.endswith("-- \nBen")


def test_an_answer_below_the_quote() -> None:
    assert trim(f"Ann wrote:\n{OLD}\n\nIt is here.").fresh == "It is here."
    cut = "Hi,\n\nOn 12 Jan 2026, Ann <a@shop.example> wrote:\n\n[...]\n> Is it here?\n\nYes."
    assert trim(cut).fresh.endswith("Yes.")
    above = f"On Monday, Ann wrote:\n{OLD}\n\nIt is here.\n\nOn Sunday, Ben wrote:\n> Is it?\n"
    assert "It is here." in trim(above).fresh


def test_a_mail_that_is_passed_on_is_the_message() -> None:
    text = "See below.\n\n---------- Forwarded message ---------\nFrom: Ann\nSubject: Parcel\n\nDear Ben,\n> x"
    assert trim(text) == (text, "")
    assert trim("Begin forwarded message:\n\nFrom: Ann\nSubject: x\nDate: y\n\nText").quoted == ""

    source = "This came:\n\nFrom: Ann <ann@shop.example>\nTo: Ben\nSubject: x\nMIME-Version: 1.0\n\nText"
    assert trim(source) == (source, "")


def test_nothing_new_is_said_to_be_nothing() -> None:
    assert trim(f"On 12 Jan 2026, Ann <ann@shop.example> wrote:\n{OLD}\n").fresh == ""
    assert trim(f"> Ann wrote:\n>> {OLD}").fresh == ""


def test_signatures() -> None:
    assert trim("Thanks!\n\n-- \nBen\nShop GmbH\n").fresh == "Thanks!"
    assert trim("Thanks!\n--\n" + "long text\n" * 30).quoted == ""
    assert trim(f"Thanks!\n-- \nBen\n\nOn 12 Jan 2026, Ann <a@b.example> wrote:\n{OLD}\n\nYes.").fresh.endswith(
        "Yes."
    )
    for line in (
        "Sent from my iPhone",
        "Wysłano z iPhone'a",
        "Wysłane z aplikacji Outlook dla systemu Android",
        "Enviado do meu iPhone",
        "Enviado desde mi Samsung",
        "iPhone'umdan gönderildi",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Inviato da iPhone",
        "Verzonden vanaf mijn iPhone",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
    ):
        assert trim(f"Thanks!\n\n{line}\n\nAnn <a@b.example> wrote:\n{OLD}") == (
            "Thanks!",
            f"{line}\n\nAnn <a@b.example> wrote:\n{OLD}",
        )


def test_the_senders_own_name_begins_a_signature() -> None:
    text = "The parcel is here.\n\nBen Berg\nBerg GmbH\n+49 30 123456"
    assert trim(text, "Ben Berg").fresh == "The parcel is here."
    assert trim("It is here.\n\nBest regards,\nBen\n", "Ben Berg").fresh == "It is here."
    assert trim(text).quoted == trim(text, "Ann Lee").quoted == ""
    assert trim("Dear Ann,\n\nBen is my brother.", "Ben").quoted == ""
    assert trim("Ben\n", "Ben").fresh == "Ben"
    assert trim("It is here.\n\nBen\n", "Ben").quoted == ""


PIECES = [
    *INTRODUCTIONS,
    *BLOCKS,
    OLD,
    "> x",
    ">> y",
    "text",
    "more, text:",
    "",
    "  ",
    "-- ",
    "--",
    "____",
    "====",
    "Sent from my iPhone",
    "> wrote:",
    "wrote:",
    "<",
    "From: x",
    "To: y",
    "---------- Forwarded message ---------",
    "Ben",
    "\r",
    "\x0b\x85\u2028",
    "x" * 500,
]


def _words(text: str) -> Counter[str]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Counter(line.rstrip() for line in lines if line.strip())


@given(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=40)), max_size=30), st.sampled_from(["", "Ben"])
)
def test_nothing_is_lost(pieces: list[str], sender: str) -> None:
    text = "\n".join(pieces)
    found = trim(text, sender)
    assert _words(found.fresh) + _words(found.quoted) == _words(text)


@pytest.mark.parametrize(
    "unit",
    [
        ">",
        "> x\n",
        "On ",
        "On x\n",
        "On 1 May 2026, Ann <a@b.example> wrote:\n",
        "On Mon, Ann wrote\n",
        "wrote:\n",
        "a >\n",
        "<\n",
        "\n",
        " ",
        "-",
        "--\n",
        "From: a\n",
        "From: ",
        "Sent from ",
        "@",
        "a@b ",
        "Op schreef ",
        "_",
        ": ",
        "Le a\na écrit\n",
    ],
)
def test_hostile_texts_cost_in_proportion(unit: str) -> None:
    few, many = (_steps(f"hello\n{(unit * size)[:size]}") for size in (2_000, 8_000))
    assert many < 6 * few + 5_000


def _steps(text: str) -> int:
    """How many functions it takes, the regular expressions' lines being bounded."""
    steps = 0

    def count(*_: object) -> None:
        nonlocal steps
        steps += 1

    sys.setprofile(count)
    try:
        trim(text, "Ann")
    finally:
        sys.setprofile(None)
    return steps


def test_a_long_text_of_any_kind_is_taken() -> None:
    for line in ("> x", "On x", "wrote:", "", "--", "From: a", "a@b <a@b>", "x" * 99_999):
        text = f"{line}\n" * (100_000 // (len(line) + 1))
        found = trim(text)
        assert _words(found.fresh) + _words(found.quoted) == _words(text)
