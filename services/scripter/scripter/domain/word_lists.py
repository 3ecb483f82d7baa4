"""Words that tell where sentences begin and end when nothing else does, for several languages.

All are folded to lower case. Weights are evidence in the unit of ``unmarked``: one sentence more.
"""

# ruff: noqa: RUF001

_STRONG = """
so but now well however therefore finally because anyway okay ok then first second
aber also dann nun denn doch danach jetzt deshalb
mais donc alors puis ensuite enfin
pero entonces luego ahora bueno pues
но а потом тогда теперь поэтому
ma allora poi mas então depois
لكن ثم ولكن وقال אבל אז ויאמר
"""
_WEAK = """
there if let please thank thanks yes no oh today all once after before not
und da hier wenn was wer warum wie wo heute einst es
et voici quand si aujourd'hui un une
y cuando si hoy hay como
и когда если
e quando se quindi perché
و إذا إن כי אם ואז
"""
_SUBJECTS = """
i i'm i'll i've i'd we we're we'll we've you you're he he's she she's it it's they they're
there there's that's
ich wir du er sie es
je j'ai nous vous tu il elle on ils elles c'est
yo nosotros él ella ellos
я мы ты вы он она они это
io noi lui lei loro eu nós ele ela eles
أنا نحن هو هي هذا אני אנחנו הוא היא
"""
_NEVER_FIRST = """
of to from with by than at or nor who whom whose which was were is are be been had has
von zu mit als
du de à des que qui
de del que con
ли же бы
"""
_NEVER_LAST = """
a an the of to in on at by for from with and or but so if as than that which who whose is are was
were be been am has have had do does did will would shall should can could may might must not no
my your his her its our their this these those very i we he she they then what how where why whom
because when while although into over under about between through every each i'm you're we're
they're it's that's
der die das den dem des ein eine einen einem einer und oder aber zu von mit auf für ist sind war
waren wird nicht im am zum zur
le la les un une des du de et ou mais à au aux en dans sur pour par que qui est sont ne
el los las una unos de y o pero a al del en con por para que es son no su
и в на с к по для от из не но а что как
il lo gli di e in con per che os do da em com por
في من إلى على أن و عن لا של את על אל לא
"""
_QUESTION_WORDS = "who what when where why how which whose"
_AUXILIARIES = """
is are was were am do does did can could will would shall should have has had may might
"""
_ARABIC_QUESTIONS = "هل ماذا لماذا كيف متى أين كم"

OPENERS: dict[str, float] = {
    **dict.fromkeys(_WEAK.split(), 0.6),
    **dict.fromkeys(_STRONG.split(), 1.0),
}
"""Words that often open a sentence."""

SUBJECTS = frozenset(_SUBJECTS.split())
"""Pronouns: with them a clause begins."""

OBJECTS = frozenset({"it", "you", "there"})
"""Pronouns that end a clause as often as they begin one."""

CONJUNCTIONS = frozenset({"and", "und", "et", "y", "e", "и", "ו"})
"""They go on as often as they begin."""

NEVER_FIRST = frozenset(_NEVER_FIRST.split())
"""Words that go on with a sentence, unless it is a question."""

NEVER_LAST = frozenset(_NEVER_LAST.split())
"""Articles, prepositions, conjunctions, auxiliaries: a sentence hardly ever ends with one."""

QUESTION_WORDS = frozenset(_QUESTION_WORDS.split())
QUESTION_AUXILIARIES = frozenset(_AUXILIARIES.split())
ARABIC_QUESTIONS = frozenset(_ARABIC_QUESTIONS.split())

CJK_QUESTIONS = (
    "ですか", "ますか", "ましたか", "でしたか", "だろうか", "ませんか", "吗", "嗎", "呢",
)  # fmt: skip
CJK_CLOSERS: tuple[tuple[str, float], ...] = (
    ("です", 3.0), ("ます", 3.0), ("ました", 3.5), ("でした", 3.5), ("ません", 3.0),
    ("ください", 3.0), ("ですね", 3.2), ("ますね", 3.2), ("ですか", 3.2), ("ますか", 3.2),
    ("ですよ", 3.2), ("ますよ", 3.2), ("ませんか", 3.4), ("でしょう", 3.0), ("ましょう", 3.0),
    ("である", 3.0), ("であった", 3.2), ("のだ", 1.5), ("だった", 2.0), ("ている", 1.2),
    ("ていた", 1.5), ("ない", 0.8), ("だろう", 2.0), ("そうだ", 2.0), ("ぬ", 1.5), ("無い", 1.5),
    ("了", 0.8), ("吗", 2.5), ("嗎", 2.5),
    ("呢", 1.8), ("吧", 2.0), ("啊", 1.2),
)  # fmt: skip
"""How Japanese sentences end, and the particles that close Chinese ones."""

CJK_OPENERS: tuple[tuple[str, float], ...] = (
    ("そして", 2.0), ("しかし", 2.0), ("だから", 1.5), ("それで", 1.5), ("では", 1.0),
    ("次に", 1.2), ("まず", 1.2), ("今日は", 1.5), ("ある日", 1.2), ("ただ", 0.8),
    ("何でも", 0.8), ("しかも", 1.5), ("この", 0.4),
    ("然后", 1.8),
    ("所以", 1.8), ("但是", 1.8), ("因为", 1.2), ("现在", 1.2), ("我们", 0.8), ("今天", 1.2),
    ("大家", 1.0),
)  # fmt: skip
CJK_NEVER_FIRST = tuple("かねよがをにはのもとでへばけっーんゃゅょ的了吗呢")
