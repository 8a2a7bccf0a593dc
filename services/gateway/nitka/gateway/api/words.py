"""The rating page's words in the four languages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """`code` is the BCP 47 tag; `scores` name 1 to 5."""

    code: str
    question: str
    conversation: str
    scores: tuple[str, str, str, str, str]
    comment: str
    send: str
    choose: str
    thanks: str
    close: str
    invalid: str
    later: str


WORDS = {
    "en": Words(
        code="en",
        question="How did we help you?",
        conversation="Conversation",
        scores=("Very badly", "Badly", "So-so", "Well", "Very well"),
        comment="Would you like to add something? (optional)",
        send="Send rating",
        choose="Please go back and choose one of the five ratings.",
        thanks="Thank you for your rating!",
        close="You can close this page.",
        invalid="This link is not valid.",
        later="Please try again in a while.",
    ),
    "pl": Words(
        code="pl",
        question="Jak oceniasz naszą pomoc?",
        conversation="Rozmowa",
        scores=("Bardzo źle", "Źle", "Średnio", "Dobrze", "Bardzo dobrze"),
        comment="Chcesz coś dodać? (nieobowiązkowo)",
        send="Wyślij ocenę",
        choose="Wróć i wybierz jedną z pięciu ocen.",
        thanks="Dziękujemy za ocenę!",
        close="Możesz zamknąć tę stronę.",
        invalid="Ten link jest nieprawidłowy.",
        later="Spróbuj ponownie za chwilę.",
    ),
    "pt": Words(
        code="pt-BR",
        question="Como foi o nosso atendimento?",
        conversation="Conversa",
        scores=("Muito ruim", "Ruim", "Regular", "Bom", "Muito bom"),
        comment="Quer acrescentar algo? (opcional)",
        send="Enviar avaliação",
        choose="Volte e escolha uma das cinco notas.",
        thanks="Obrigado pela sua avaliação!",
        close="Você já pode fechar esta página.",
        invalid="Este link não é válido.",
        later="Tente novamente daqui a pouco.",
    ),
    "tr": Words(
        code="tr",
        question="Size nasıl yardımcı olduk?",
        conversation="Görüşme",
        scores=("Çok kötü", "Kötü", "Orta", "İyi", "Çok iyi"),
        comment="Eklemek istediğiniz bir şey var mı? (isteğe bağlı)",
        send="Değerlendirmeyi gönder",
        choose="Lütfen geri dönüp beş nottan birini seçin.",
        thanks="Değerlendirmeniz için teşekkürler!",
        close="Bu sayfayı kapatabilirsiniz.",
        invalid="Bu bağlantı geçerli değil.",
        later="Lütfen biraz sonra tekrar deneyin.",
    ),
}


def language_of(accept: str) -> str:
    """The best of our languages for an Accept-Language header; English when it names none of them."""
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept[:1000].split(",")):
        tag, _, parameters = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        quality = _quality(parameters)
        if language in WORDS and quality > 0:
            wanted.append((-quality, place, language))
    return min(wanted)[2] if wanted else "en"


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
