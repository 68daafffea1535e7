"""Fetch the front-end libraries under static/vendor/ again from npm: `python scripts/vendor.py`.

To move to a new release, change its version here and run the script; it removes the old folder.
Pages find the files through static/vendor/versions.json ({% vendor %} and {% icon %}).
"""

import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
ICONS = ROOT / "scripts" / "icons.txt"

PACKAGES = {
    "tabler": ("@tabler/core", "1.6.1"),
    "tabler-icons": ("@tabler/icons", "3.51.0"),
    "inter": ("@fontsource-variable/inter", "5.3.0"),
    "plotly-cartesian": ("plotly.js-cartesian-dist-min", "4.1.1"),
    "idiomorph": ("idiomorph", "0.7.4"),
    "drawflow": ("drawflow", "0.0.60"),
}

FONT_FACE = re.compile(r"/\* (inter-[a-z-]+-wght-normal) \*/\s*(@font-face \{.*?\})", re.DOTALL)


def unpack(package: str, version: str, folder: Path) -> Path:
    """Download the package with npm and unpack it. Returns the folder of its files."""
    subprocess.run(
        ["npm", "pack", "--silent", f"{package}@{version}"], cwd=folder, check=True, stdout=subprocess.DEVNULL
    )
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def copy_without_source_map(source: Path, target: Path) -> None:
    """The file without its pointer to a source map that is not there."""
    text = source.read_text(encoding="utf-8")
    text = re.sub(r"\n?(/\*|//)# sourceMappingURL=\S+( \*/)?\s*$", "\n", text)
    target.write_text(text, encoding="utf-8")


def tabler(source: Path, target: Path) -> None:
    copy_without_source_map(source / "dist/css/tabler.min.css", target / "tabler.min.css")
    copy_without_source_map(source / "dist/js/tabler.min.js", target / "tabler.min.js")


def inter(source: Path, target: Path) -> None:
    """The upright variable font in all its scripts; a browser fetches those that a page needs."""
    faces = []
    for name, rule in FONT_FACE.findall((source / "wght.css").read_text(encoding="utf-8")):
        shutil.copy(source / "files" / f"{name}.woff2", target / f"{name}.woff2")
        faces.append(rule.replace("./files/", "./"))
    (target / "inter.css").write_text("\n".join(faces) + "\n", encoding="utf-8")
    shutil.copy(source / "LICENSE", target / "LICENSE")


def plotly(source: Path, target: Path) -> None:
    shutil.copy(source / "plotly-cartesian.min.js", target / "plotly-cartesian.min.js")
    shutil.copy(source / "LICENSE", target / "LICENSE")


def idiomorph(source: Path, target: Path) -> None:
    """Turns one piece of a page into another and leaves alone what is the same, with focus and all."""
    shutil.copy(source / "dist/idiomorph.min.js", target / "idiomorph.min.js")
    shutil.copy(source / "LICENSE", target / "LICENSE")


def drawflow(source: Path, target: Path) -> None:
    """The class `Drawflow`, a script without modules; static/js/canvas/flow.js mends it."""
    shutil.copy(source / "dist/drawflow.min.js", target / "drawflow.min.js")
    shutil.copy(source / "LICENSE", target / "LICENSE")


def icons(source: Path, target: Path) -> None:
    """One sprite with the icons named in scripts/icons.txt, each a <symbol> with the icon's name as id."""
    symbols = []
    for name in ICONS.read_text().split():
        kind, stem = ("filled", name.removesuffix("-filled")) if name.endswith("-filled") else ("outline", name)
        svg = (source / "icons" / kind / f"{stem}.svg").read_text(encoding="utf-8")
        shapes = re.findall(r"<(?:path|circle|rect|line|ellipse|polyline)\b[^>]*/>", svg)
        drawn = [re.sub(r"\s+", " ", shape) for shape in shapes if 'd="M0 0h24v24H0z"' not in shape]
        paint = 'fill="currentColor" stroke="none"' if kind == "filled" else ""
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24" {paint}>{"".join(drawn)}</symbol>')
    sprite = '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
    (target / "sprite.svg").write_text(sprite, encoding="utf-8")
    shutil.copy(source / "LICENSE", target / "LICENSE")


PARTS: dict[str, Callable[[Path, Path], None]] = {
    "tabler": tabler,
    "tabler-icons": icons,
    "inter": inter,
    "plotly-cartesian": plotly,
    "idiomorph": idiomorph,
    "drawflow": drawflow,
}


def main() -> None:
    for name, (package, version) in PACKAGES.items():
        target = VENDOR / f"{name}-{version}"
        for old in VENDOR.glob(f"{name}-[0-9]*"):
            shutil.rmtree(old)
        target.mkdir(parents=True)
        with tempfile.TemporaryDirectory() as folder:
            PARTS[name](unpack(package, version, Path(folder)), target)
        print(f"{package} {version} -> {target.relative_to(ROOT)}")
    versions = {name: version for name, (_, version) in PACKAGES.items()}
    (VENDOR / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")


if __name__ == "__main__":
    main()
