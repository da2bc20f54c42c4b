"""Writes Rudi: ``python -m assets.workshop.rudi [FOLDER]``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PIL import Image

from assets.workshop.glb import write_glb
from assets.workshop.preview import Preview
from assets.workshop.rudi.figure import build
from assets.workshop.rudi.manifest import manifest


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    figure = build()
    write_glb(figure, folder / "rudi.glb")
    text = json.dumps(manifest(), indent=2, ensure_ascii=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    face = Preview(figure, 256).draw(yaw=-8, target=(0, 1.395, 0), distance=1.15)
    Image.fromarray(face).save(folder / "thumbnail.png", optimize=True)


if __name__ == "__main__":
    default = Path(__file__).resolve().parents[2] / "avatars" / "rudi"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
