"""What customers write and what agents do about it. `{name}`, `{order}` and `{product}` are filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Deed = Literal["wait", "reply", "assign", "snooze", "label", "solve", "dialogue"]
"""What an agent has done about it by now. `solve`: answered, closed and rated; `dialogue`: the customer wrote
again after the answer."""


@dataclass(frozen=True, slots=True)
class Story:
    """A topic in one language."""

    label: str
    subject: str
    text: str
    answer: str
    again: str


EN = {
    "delivery": Story(
        "delivery",
        "Where is my order {order}?",
        "Hi,\n\nI ordered the {product} last week (order {order}) and the tracking has not moved since Monday.\n"
        "Could you check where it is?\n\nThanks,\n{name}",
        "Hi {name},\n\nThank you for your patience. The parcel is with the carrier's local depot and should be "
        "with you tomorrow. I will keep an eye on it.\n\nBest wishes",
        "That is good to know, thank you! Can they leave it with the neighbour?",
    ),
    "return": Story(
        "returns",
        "Return of {product}",
        "Hello,\n\nthe {product} from order {order} is too small. How do I send it back, and when do I get my "
        "money?\n\nKind regards,\n{name}",
        "Hello {name},\n\nno problem at all: I have sent you a prepaid label. The refund follows within three "
        "days after it arrives.\n\nKind regards",
        "I have printed it. Is it fine without the original box?",
    ),
    "size": Story(
        "advice",
        "Question about the {product}",
        "Hi there, does the {product} run small? I usually take M.\n\n{name}",
        "Hi {name},\n\nmost customers take their usual size; M should fit well.\n\nHave a nice day",
        "Perfect, I will order it tonight.",
    ),
    "complaint": Story(
        "complaint",
        "Broken on arrival: {product}",
        "I am disappointed. The {product} (order {order}) arrived broken, see the picture. This is the second "
        "time.\n\n{name}",
        "Dear {name},\n\nI am very sorry. A new one leaves our warehouse today, and you need not send anything "
        "back.\n\nSincerely",
        "Thank you for the quick help. Much appreciated.",
    ),
}
PL = {
    "delivery": Story(
        "delivery",
        "Gdzie jest moje zamówienie {order}?",
        "Dzień dobry,\n\nw zeszłym tygodniu zamówiłam {product} (nr {order}), a śledzenie stoi od poniedziałku.\n"
        "Czy mogą Państwo sprawdzić, gdzie jest paczka?\n\nPozdrawiam\n{name}",
        "Dzień dobry,\n\ndziękuję za cierpliwość. Paczka jest już w lokalnym oddziale przewoźnika i powinna "
        "dotrzeć jutro.\n\nPozdrawiam serdecznie",
        "Dziękuję! Czy kurier może zostawić ją w paczkomacie?",
    ),
    "return": Story(
        "returns",
        "Zwrot: {product}",
        "Dzień dobry, {product} z zamówienia {order} jest za mały. Jak mogę go odesłać i kiedy dostanę zwrot "
        "pieniędzy?\n\n{name}",
        "Dzień dobry,\n\nwysłałam Pani etykietę zwrotną. Pieniądze wrócą w ciągu trzech dni od otrzymania "
        "paczki.\n\nPozdrawiam",
        "Etykieta doszła, dziękuję bardzo.",
    ),
    "invoice": Story(
        "invoice",
        "Faktura do zamówienia {order}",
        "Dzień dobry, proszę o fakturę na firmę do zamówienia {order}.\n\nZ poważaniem\n{name}",
        "Dzień dobry,\n\nfakturę znajdzie Pan na swoim koncie; kopię wysyłam osobno.\n\nPozdrawiam",
        "Mam, wszystko się zgadza. Dziękuję.",
    ),
}
PT = {
    "delivery": Story(
        "delivery",
        "Onde está o meu pedido {order}?",
        "Olá,\n\nfiz o pedido {order} ({product}) na semana passada e o rastreio não muda desde segunda-feira.\n"
        "Podem verificar?\n\nObrigado,\n{name}",
        "Olá {name},\n\no pacote já está na unidade local da transportadora e deve chegar amanhã.\n\nUm abraço",
        "Ótimo, muito obrigado pela rapidez!",
    ),
    "size": Story(
        "advice",
        "Dúvida sobre {product}",
        "Oi! O {product} está disponível em azul? Quando volta ao estoque?\n\n{name}",
        "Oi {name}! Volta na próxima quinta-feira. Quer que eu avise?",
        "Quero sim, por favor!",
    ),
}
TR = {
    "delivery": Story(
        "delivery",
        "{order} numaralı siparişim nerede?",
        "Merhaba,\n\ngeçen hafta {product} sipariş ettim ({order}). Kargo takibi pazartesiden beri değişmiyor.\n"
        "Kontrol edebilir misiniz?\n\nTeşekkürler,\n{name}",
        "Merhaba {name},\n\npaketiniz bölgenizdeki şubeye ulaştı, yarın teslim edilecek.\n\nİyi günler",
        "Çok teşekkür ederim!",
    ),
    "return": Story(
        "returns",
        "{product} iadesi",
        "Merhaba, {order} numaralı siparişteki {product} küçük geldi. Nasıl iade edebilirim?\n\n{name}",
        "Merhaba {name},\n\niade etiketini gönderdim. Ücret üç gün içinde iade edilir.\n\nSaygılar",
        "Etiket geldi, teşekkürler.",
    ),
}

PEOPLE = (
    (EN, (("Emma", "Clarke"), ("Oliver", "Hughes"), ("Sophie", "Bennett"), ("Liam", "Foster"), ("Grace", "Osei"),
          ("Daniel", "Murphy"), ("Chloe", "Evans"), ("Noah", "Patel"), ("Ruby", "Walsh"), ("Ethan", "Brooks"))),
    (PL, (("Anna", "Nowak"), ("Katarzyna", "Wiśniewska"), ("Piotr", "Zieliński"), ("Magdalena", "Dąbrowska"),
          ("Tomasz", "Lewandowski"), ("Agnieszka", "Kamińska"), ("Michał", "Szymański"), ("Ewa", "Woźniak"))),
    (PT, (("Mariana", "Souza"), ("João Pedro", "Almeida"), ("Beatriz", "Carvalho"), ("Rafael", "Gonçalves"))),
    (TR, (("Ayşe", "Yılmaz"), ("Mehmet", "Demir"), ("Zeynep", "Kaya"), ("Emre", "Çelik"))),
)  # fmt: skip

PRODUCTS = (
    ("Merino scarf", "39.90"),
    ("Rain jacket", "119.00"),
    ("Ceramic teapot", "54.50"),
    ("Running shoes", "89.95"),
    ("Linen shirt", "64.00"),
    ("Desk lamp", "72.00"),
)

NOTES = (
    "Regular customer, please be generous.",
    "Carrier says: handed over at the depot, scan missing.",
    "Waiting for the warehouse to confirm the stock.",
)
