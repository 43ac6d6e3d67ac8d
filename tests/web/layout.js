/** What of the page is cut off, too wide, or too small for a finger. Inline links flow with their text. */
(least) => {
  const isSeen = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    element.getBoundingClientRect().width > 1 &&
    !element.closest('.sr, [inert]');
  const named = (element) => {
    const words = (element.getAttribute('aria-label') ?? element.textContent ?? '').trim();
    return `${element.localName}.${[...element.classList].join('.')} "${words.slice(0, 40)}"`;
  };
  const textsOf = (element) =>
    [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const isInline = (element) => getComputedStyle(element).display === 'inline';
  const rangeOf = (text) => {
    const range = document.createRange();
    range.selectNodeContents(text);
    return range.getBoundingClientRect();
  };
  /** A target may reach further than what is painted, by a pseudo-element laid around it. */
  const targetOf = (element) => {
    const { width, height } = (element.closest('label') ?? element).getBoundingClientRect();
    const { content, position, top, left } = getComputedStyle(element, '::after');
    const reaches = content !== 'none' && position === 'absolute';
    const [x, y] = reaches ? [parseFloat(left), parseFloat(top)] : [0, 0];
    return { width: width + 2 * Math.max(0, -x), height: height + 2 * Math.max(0, -y) };
  };
  const seen = [...document.body.querySelectorAll('*')].filter(isSeen);
  const clipped = seen
    .filter((element) => !isInline(element))
    .flatMap((element) => textsOf(element).map((text) => ({ element, text: rangeOf(text) })))
    .filter(({ element, text }) => {
      const { left, right } = element.getBoundingClientRect();
      return text.left < left - 1 || text.right > right + 1;
    })
    .map(({ element, text }) => {
      const { width } = element.getBoundingClientRect();
      return `clipped: ${named(element)} ${Math.round(text.width)} in ${Math.round(width)}`;
    });
  const small = seen
    .filter((element) => element.matches('a[href], button, input, select, textarea, summary'))
    .filter((element) => !(element.localName === 'a' && isInline(element)))
    .map((element) => ({ element, target: targetOf(element) }))
    .filter(({ target }) => Math.min(target.width, target.height) < least - 0.5)
    .map(({ element, target: { width, height } }) => {
      return `small: ${named(element)} ${Math.round(width)}×${Math.round(height)}`;
    });
  const { scrollWidth } = document.documentElement;
  const wide = scrollWidth > innerWidth ? [`wider than the screen: ${scrollWidth}`] : [];
  return [...clipped, ...small, ...wide];
}
