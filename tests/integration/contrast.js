// The texts of a page whose contrast with their ground is below WCAG 2.2 AA (https://www.w3.org/TR/WCAG22/#contrast-minimum).
(() => {
  const channels = (colour) => {
    const found = colour.match(/[\d.]+/g);
    return found ? found.map(Number) : null;
  };
  const luminance = ([red, green, blue]) => {
    const linear = [red, green, blue].map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const found = channels(getComputedStyle(each).backgroundColor);
      if (found && (found.length < 4 || found[3] > 0)) return found;
    }
    return [255, 255, 255];
  };
  const low = new Set();
  let looked = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.getClientRects().length || element.closest(".unseen, title, desc")) continue;
    looked += 1;
    const style = getComputedStyle(element);
    const front = channels(element instanceof SVGElement ? style.fill : style.color);
    const [light, dark] = [luminance(front), luminance(ground(element))].sort((one, other) => other - one);
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < needed) low.add(`${element.tagName}.${element.getAttribute("class") ?? ""} ${ratio.toFixed(2)}: ${walker.currentNode.data.trim().slice(0, 40)}`);
  }
  return { looked, low: [...low] };
})();
