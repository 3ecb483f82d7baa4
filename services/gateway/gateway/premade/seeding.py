"""Puts the premade cast into a studio: pictures into the object store, rows into the database.

Safe to repeat, and by several at once: keys and ids are always the same, and what is there is left
alone. A portrait that is drawn anew gets a new ``EDITION``.
"""

from typing import Any, Final

from contracts.events import ObjectRef
from runtime.db import Conn
from runtime.objects import ObjectStore

from gateway.premade.people import CAST, Person
from gateway.premade.portraits import portrait

EDITION: Final = 1


async def seed(conn: Conn, store: ObjectStore) -> list[str]:
    """The names of those who were not there yet, or looked or were called otherwise.

    ``conn`` is the schema's owner's; the rows are written as ``service_role``, which on Supabase
    and here alone may write premade characters.
    """
    added: list[str] = []
    for person in CAST:
        ref = await _picture(store, person)
        async with conn.transaction():
            await conn.execute("set local role service_role")
            if await _row(conn, person, [ref.model_dump(mode="json")]):
                added.append(person.name)
    return added


async def _picture(store: ObjectStore, person: Person) -> ObjectRef:
    key = f"premade/{EDITION}/{person.slug}.png"
    return await store.head(key) or await store.put(key, portrait(person), "image/png")


async def _row(conn: Conn, person: Person, images: list[Any]) -> bool:
    tag = await conn.execute(
        "insert into public.characters as c (id, name, style, images, is_premade)"
        " values ($1, $2, $3, $4, true) on conflict (id) do update"
        " set name = excluded.name, style = excluded.style, images = excluded.images"
        " where (c.name, c.style, c.images)"
        " is distinct from (excluded.name, excluded.style, excluded.images)",
        person.id,
        person.name,
        person.style,
        images,
    )
    return tag.endswith(" 1")
