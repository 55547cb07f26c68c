"""Opens report pages in headless Chromium: `browser-test.py PAGE...`. Ends with 1 where one does not do what docs promise of it."""

import json
import os
import pathlib
import shutil
import sys

import axe_core_python
from playwright.sync_api import sync_playwright

AXE = (pathlib.Path(axe_core_python.__file__).parent / "axe.min.js").read_text()
# What a person of good sight and hearing may not notice either; anything graver fails.
TOLERATED = {"minor", "moderate"}
WIDTHS = (400, 1600)

failures = []


def expect(holds, what):
    if not holds:
        failures.append(what)
        print(f"  FAILED {what}")


def opened(browser, page_file, width, scheme):
    """A page that tells of everything that it should not do."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=True
    )
    page = context.new_page()
    url = page_file.absolute().as_uri()

    def ask(route):
        wanted = route.request.url
        allowed = wanted.split("#")[0] == url or wanted.startswith("data:")
        expect(allowed, f"no request leaves: {wanted}")
        if allowed:
            route.continue_()
        else:
            route.abort()

    context.route("**/*", ask)
    page.on("console", lambda said: expect(said.type not in ("error", "warning"), f"console: {said.text}"))
    page.on("pageerror", lambda error: expect(False, f"script: {error}"))
    page.goto(url, wait_until="load")
    return context, page


def layout(page, width):
    wide = page.evaluate("document.documentElement.scrollWidth")
    expect(wide <= width, f"no horizontal scrolling: {wide} > {width}")
    lanes = page.evaluate(
        """() => {
            const frame = document.querySelector('.timeline').closest('.scroll').getBoundingClientRect();
            return [...document.querySelectorAll('.timeline > text:not(.tick)')].map(text => {
                const box = text.getBoundingClientRect();
                return {name: text.textContent, seen: box.left >= frame.left && box.right <= frame.right &&
                    box.top >= frame.top && box.bottom <= frame.bottom, height: box.height};
            });
        }"""
    )
    expect(len(lanes) >= 2, "there are lanes")
    for lane in lanes:
        expect(lane["seen"] and lane["height"] >= 9, f"the lane {lane['name']} can be seen and read: {lane}")
    spans = page.evaluate(
        """[...document.querySelectorAll('.timeline > rect')].map(rect => rect.getBoundingClientRect())
            .filter(box => box.width > 0 && box.height > 0).length"""
    )
    expect(spans >= 1, "what servers were is drawn")


def accessible(page):
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    page.evaluate(AXE)
    found = page.evaluate("axe.run().then(found => found.violations)")
    for issue in found:
        places = ", ".join(node["html"][:120] for node in issue["nodes"][:3])
        grave = issue["impact"] not in TOLERATED
        expect(not grave, f"axe, {issue['impact']}: {issue['help']}: {places}")
        if not grave:
            print(f"  axe, {issue['impact']}: {issue['help']}: {places}")


def focused(page):
    return page.evaluate(
        """() => {
            const at = document.activeElement;
            const style = getComputedStyle(at);
            const inner = at.querySelector('rect') ? getComputedStyle(at.querySelector('rect')) : style;
            return {tag: at.tagName.toLowerCase(), href: at.getAttribute('href'),
                shown: style.outlineStyle !== 'none' || inner.strokeWidth !== '1px'};
        }"""
    )


def keyboard(page):
    """By Tab and Enter alone: a stage of the timeline leads to its steps, and a step opens and closes."""
    reached = []
    for _ in range(200):
        page.keyboard.press("Tab")
        at = focused(page)
        if at["tag"] == "body" or at in reached and at["tag"] == "a" and at["href"] == reached[0].get("href"):
            break
        expect(at["shown"], f"the focus can be seen: {at}")
        reached.append(at)
        if at["tag"] == "a" and (at["href"] or "").startswith("#stage"):
            page.keyboard.press("Enter")
            hit = page.evaluate("location.hash.slice(1) && !!document.getElementById(location.hash.slice(1))")
            expect(hit, f"{at['href']} leads to a stage")
        if at["tag"] == "summary":
            state = "document.activeElement.parentElement.open"
            before = page.evaluate(state)
            page.keyboard.press("Enter")
            expect(page.evaluate(state) != before, "Enter opens a step")
            page.keyboard.press("Space")
            expect(page.evaluate(state) == before, "Space closes it again")
            break
    tags = {at["tag"] for at in reached}
    expect({"a", "summary"} <= tags, f"links and steps are reached by Tab: {sorted(tags)}")


def printed(page):
    page.pdf()
    closed = page.evaluate("document.querySelectorAll('details:not([open])').length")
    expect(closed == 0, f"on paper everything is open: {closed} parts are not")


def main():
    chromium = shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        for name in sys.argv[1:]:
            print(name)
            for scheme in ("light", "dark"):
                for width in WIDTHS:
                    context, page = opened(browser, pathlib.Path(name), width, scheme)
                    layout(page, width)
                    accessible(page)
                    context.close()
            context, page = opened(browser, pathlib.Path(name), 1600, "light")
            keyboard(page)
            printed(page)
            context.close()
        browser.close()
    print("no failure" if not failures else f"{len(failures)} failures")
    return 1 if failures else 0


sys.exit(main())
