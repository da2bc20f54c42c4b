"""Writes Rudi: ``python -m assets.workshop.rudi [FOLDER]``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from assets.workshop.glb import write_glb
from assets.workshop.rudi.figure import build
from assets.workshop.rudi.manifest import manifest
from assets.workshop.sheet import Cell, Studio
from assets.workshop.speech import both


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    figure = build()
    write_glb(figure, folder / "rudi.glb")
    text = json.dumps(manifest(), indent=2, ensure_ascii=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    smile = both("mouthSmile", 0.8) | {"jawOpen": 0.1}
    cell = Cell("thumbnail", smile, yaw=-12, pitch=2, roll=3, view="portrait")
    Studio(folder, 256).picture(cell).save(folder / "thumbnail.png", optimize=True)


if __name__ == "__main__":
    default = Path(__file__).resolve().parents[2] / "avatars" / "rudi"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
