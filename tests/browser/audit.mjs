// audit.mjs - what a careful eye finds wrong on the page: cut text, overlapping text, weak contrast, sideways scrolling.
// It runs inside the page, so it uses nothing from outside itself.
export function audit() {
  const wrong = [];
  const parse = (color) => {
    const parts = /rgba?\(([^)]+)\)/.exec(color)?.[1].split(/[ ,/]+/).map(Number) ?? [0, 0, 0, 0];
    return [parts[0], parts[1], parts[2], parts[3] ?? 1];
  };
  const luminance = ([r, g, b]) => {
    const linear = [r, g, b].map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const ground = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color[3] > 0.99) {
        return color;
      }
    }
    return [255, 255, 255, 1];
  };
  const isShown = (element) => {
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    return box.width > 0 && box.height > 0 && style.visibility === "visible" && style.opacity !== "0" && box.right > 0;
  };
  const textOf = (element) => [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== "");
  const shown = [...document.querySelectorAll("body *")].filter((element) => textOf(element).length > 0 && isShown(element));

  for (const box of document.querySelectorAll("body *")) {
    if (isShown(box) && box.scrollWidth > box.clientWidth + 1 && box.clientWidth > 0 && /auto|scroll/.test(getComputedStyle(box).overflowX)) {
      wrong.push(`only seen by scrolling sideways: ${box.textContent.trim().slice(0, 24)}`);
    }
  }

  for (const element of shown) {
    const style = getComputedStyle(element);
    const words = element.textContent.trim().slice(0, 24);
    const cutsX = element.scrollWidth > element.clientWidth + 1 && style.overflowX !== "visible";
    const cutsY = element.scrollHeight > element.clientHeight + 2 && style.overflowY === "hidden";
    if (element.clientWidth > 0 && (cutsX || cutsY)) {
      wrong.push(`cut: ${words}`);
    }
    // A mark is a shape of its own colours; its number repeats what its label says.
    if (!element.classList.contains("mark")) {
      const [a, b] = [luminance(parse(style.color)), luminance(ground(element))];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const isLarge = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
      if (contrast < (isLarge ? 3 : 4.5)) {
        wrong.push(`contrast ${contrast.toFixed(2)}: ${words}`);
      }
    }
  }

  const rects = shown.flatMap((element) =>
    textOf(element).flatMap((node) => {
      const range = document.createRange();
      range.selectNodeContents(node);
      return [...range.getClientRects()].filter((rect) => rect.width > 2).map((rect) => ({ rect, element, words: node.textContent.trim().slice(0, 16) }));
    }),
  );
  for (let i = 0; i < rects.length; i += 1) {
    for (let k = i + 1; k < rects.length; k += 1) {
      const [a, b] = [rects[i], rects[k]];
      const x = Math.min(a.rect.right, b.rect.right) - Math.max(a.rect.left, b.rect.left);
      const y = Math.min(a.rect.bottom, b.rect.bottom) - Math.max(a.rect.top, b.rect.top);
      if (a.element !== b.element && x > 2 && y > 4) {
        wrong.push(`overlap: ${a.words} / ${b.words}`);
      }
    }
  }
  if (document.documentElement.scrollWidth > innerWidth + 1) {
    wrong.push(`the page is ${document.documentElement.scrollWidth} px wide in ${innerWidth}`);
  }
  return wrong;
}
