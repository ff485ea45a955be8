"""``serve``, ``status`` and ``doctor``: the service, and whether all is well."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from soutui.cli.options import Shop, console_of
from soutui.cli.output import human_bytes
from soutui.errors import DamagedError, UsageError


def serve(
    context: typer.Context,
    shop: Shop,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on; else serve.host.")] = None,
    port: Annotated[int | None, typer.Option("--port", "-p", help="Port to listen on; else serve.port.")] = None,
) -> None:
    """Answer over HTTP until interrupted; a new bundle is taken up without dropping a request.

    \b
    Example:
      soutui serve shop --port 8600
    """
    from soutui.serve.app import serve as serve_workspace
    from soutui.workspace import Workspace

    console = console_of(context)
    with Workspace.open(shop) as opened:
        chosen = opened.settings.serve
        address, number = host or chosen.host, chosen.port if port is None else port
        if not 0 <= number <= 65535:
            raise UsageError(f"--port must lie from 0 to 65535; {number} came", "try --port 8600")
        opened.engine()  # a shop without a bundle is said before anything else is
        if console.json:
            console.document({"host": address, "port": number})
        else:
            console.note(console.say("serving {shop} on http://{host}:{port}", shop=shop, host=address, port=number))
        serve_workspace(opened, address, number)


def status(context: typer.Context, shop: Shop) -> None:
    """What the shop holds, which bundle serves, and how much has changed since.

    \b
    Example:
      soutui status shop
    """
    from soutui.workspace import Workspace

    console = console_of(context)
    with Workspace.open(shop) as opened:
        facts = opened.status()
    if console.json:
        console.document(facts)
        return
    console.heading("shop {folder}", folder=facts["folder"])
    rows = [(console.say(name), _shown(name, count)) for name, count in facts["truth"].items() if name != "seq"]
    console.table(("", ""), rows, right=(1,))
    bundle = facts.get("bundle")
    console.line()
    if bundle is None:
        console.line(console.say("no bundle yet"))
        console.next(f"soutui build {shop}")
        return
    console.heading("bundle {name}", name=bundle["name"])
    notes = bundle.pop("notes", ())
    made = [(console.say(name), _shown(name, value)) for name, value in bundle.items() if name not in ("name", "seq")]
    console.table(("", ""), [*made, (console.say("changes since"), facts["changes_since"])])
    for note in notes:
        console.line(f"{console.say('note')}: {console.say(note)}")


def doctor(
    context: typer.Context,
    shop: Annotated[Path | None, typer.Argument(metavar="SHOP", help="Also check this shop, every byte of it.")] = None,
) -> None:
    """Check this machine and, when named, a shop: each line says ok, or what to do. Exit code 5: something is damaged.

    \b
    Examples:
      soutui doctor
      soutui doctor shop
    """
    from soutui.cli.doctor import check_machine, check_shop

    console = console_of(context)
    checks = [*check_machine(shop or Path()), *(check_shop(shop) if shop is not None else ())]
    damaged = [check for check in checks if check.state == "damaged"]
    if console.json:
        console.document({"ok": not damaged, "checks": checks})
    else:
        for check in checks:
            advice = f": {console.say(check.advice)}" if check.advice else ""
            console.line(f"{console.say(check.state):<8} {console.say(check.name)}: {check.found}{advice}")
    if damaged:
        if not console.json:
            console.note(console.say("{n} of {m} checks found damage", n=len(damaged), m=len(checks)))
        raise typer.Exit(DamagedError.exit_code)


VERBS = (("serve", serve), ("status", status), ("doctor", doctor))


def _shown(name: str, value: Any) -> str:
    return human_bytes(value) if name == "bytes" else f"{value:,}" if isinstance(value, int) else str(value)
