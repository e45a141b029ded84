/**
 * A hundred texts that try to be more than text: markup and script, forms that break out of an attribute, a header or a
 * template, characters that turn, hide or pile up, words that never end. Each is not blank, bears no space at its ends
 * and has at most 256 bytes of UTF-8, so that it fits a name as well as a message; `nameRefuses` tells which of them the
 * directory takes for no name. Whatever would run calls `canary` with its number.
 */

/** The name of the function on `window` that only an injected script would call. */
export const canary = '__canary';

const call = (n: number): string => `${canary}(${n})`;

const script = (n: number): string[] => [
  `<script>${call(n)}</script>`,
  `<SCRIPT SRC=data:text/javascript,${call(n + 1)}></SCRIPT>`,
  `<scr<script>ipt>${call(n + 2)}</scr</script>ipt>`,
  `</title><script>${call(n + 3)}</script>`,
  `</textarea><script>${call(n + 4)}</script>`,
  `</style><script>${call(n + 5)}</script>`,
  `--><script>${call(n + 6)}</script><!--`,
  `<![CDATA[<script>${call(n + 7)}</script>]]>`,
  `<img src=x onerror=${call(n + 8)}>`,
  `<img src=x onerror="&#95;&#95;canary(${n + 9})">`,
  `"><img src=x onerror=${call(n + 10)}>`,
  `'><img src=x onerror=${call(n + 11)}>`,
  `" onmouseover="${call(n + 12)}" x="`,
  `' autofocus onfocus='${call(n + 13)}`,
  `\` onfocus=${call(n + 14)} autofocus \``,
  `<svg onload=${call(n + 15)}>`,
  `<svg><script>${call(n + 16)}</script></svg>`,
  `<svg><animate onbegin=${call(n + 17)} attributeName=x dur=1s>`,
  `<math><mtext><style><img src=x onerror=${call(n + 18)}></style></mtext></math>`,
  `<iframe srcdoc="<script>parent.${call(n + 19)}</script>">`,
  `<iframe src="javascript:parent.${call(n + 20)}">`,
  `<object data="javascript:${call(n + 21)}">`,
  `<embed src="javascript:${call(n + 22)}">`,
  `<body onload=${call(n + 23)}>`,
  `<details open ontoggle=${call(n + 24)}>`,
  `<video><source onerror=${call(n + 25)}>`,
  `<input autofocus onfocus=${call(n + 26)}>`,
  `<marquee onstart=${call(n + 27)}>`,
  `<a href="javascript:${call(n + 28)}">click</a>`,
  `<form action="javascript:${call(n + 29)}"><button>go</button></form>`,
  `<button popovertarget=x onclick=${call(n + 30)}>`,
  `<template shadowrootmode=open><script>${call(n + 31)}</script></template>`,
  `<noscript><p title="</noscript><img src=x onerror=${call(n + 32)}>">`,
  `<base href="javascript:${call(n + 33)}//">`,
  `<meta http-equiv=refresh content="0;url=javascript:${call(n + 34)}">`,
  `<link rel=stylesheet href="data:text/css,*{display:none!important}">`,
  '<style>*{display:none!important}</style>',
  '<parley-sidebar open></parley-sidebar>',
  '<div style="position:fixed;inset:0;background:red">covered</div>',
  '<plaintext>',
];

const links = (n: number): string[] => [
  `javascript:${call(n)}`,
  `JaVaScRiPt:${call(n + 1)}`,
  `javascript://example.com/%0a${call(n + 2)}`,
  `data:text/html,<script>${call(n + 3)}</script>`,
  `vbscript:${call(n + 4)}`,
  `https://example.com/" onclick="${call(n + 5)}`,
  'https://user:password@example.com:99999/..%2f?q=<b>&r="#x',
  'https://xn--e1awd7f.example/\u0430\u0440\u0440\u04cf\u0435',
  'file:///etc/passwd and //example.com/protocol-relative',
  'mailto:someone@example.com?subject=a%0d%0aBcc:victim@example.com',
];

const templates = [
  `\${${canary}(90)}`,
  `{{constructor.constructor('${canary}(91)')()}}`,
  '<%= 7 * 7 %> #{7*7} {7*7} [[7*7]]',
  '$\u007b7*7} $(id) `id` ; rm -rf / | cat',
  "'; DROP TABLE conversations; --",
  '" OR ""=""',
  '../../../../etc/passwd%00.png',
  '%s%s%s%n %d %x {0} {name}',
  '&lt;b&gt;not bold&lt;/b&gt; &amp;amp; &#60;i&#62; &nbsp; &copy',
  '<b>bold</b> <i>italic</i><br><hr><h1>large</h1>',
  '**bold** _italic_ [link](javascript:void(0)) ![x](x) # head',
  '{"__proto__":{"polluted":true},"constructor":null}',
  '__proto__',
  'constructor',
  'undefined null NaN [object Object] true 0',
  '?{{lit-123456}}<!--lit-part--><!--?lit$1$-->',
  '\\u003cscript\\u003e \\x3c \\74 %3Cscript%3E &#x3C;',
  '=HYPERLINK("https://example.com","x") +1+1 @SUM(1) -1',
  'Subject: other =?utf-8?B?QmNjOiB2aWN0aW0=?= Bcc: victim@example.com',
  '"Boss" <boss@example.com>, victim@example.com;',
];

const direction = [
  '\u202eevil\u202c.exe',
  'a\u202eb\u202dc\u202dd never closed',
  '\u2066isolate \u2067of \u2068isolates, never closed',
  '\u2069\u2069\u2069 closes what it did not open \u202c\u202c',
  '\u200f\u200e\u061c marks \u200f only',
  '\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd (hello!) 123',
  '\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645: 100%!',
  'abc \u05d0\u05d1\u05d2 1-2-3 \u05d3\u05d4\u05d5 (x) [y] {z}',
  '\u200b\u200c\u200dzero\u200bwidth\u2060inside\ufeff\u00ad!',
  'x\u200b'.repeat(60),
  '\ufe0f\u20e3\u180e variation selectors alone \ufe0e\udb40\udd00',
  '\udb40\udc01\udb40\udc41\udb40\udc42\udb40\udc7f tags \u{e0041}',
  'line\u2028separator\u2029paragraph',
  'tab\there, bell\u0007, null\u0000, escape\u001b[31mred',
  'first line\r\nBcc: victim@example.com\r\n\r\nbody',
];

const shapes = [
  `endless${'a'.repeat(240)}`,
  'W'.repeat(256),
  `https://example.com/${'deep/'.repeat(40)}`,
  `${'-'.repeat(120)} ${'_'.repeat(120)}`,
  'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft',
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466} \u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f} \u{1f1e9}\u{1f1ea} \u{1f44d}\u{1f3ff}',
  '\u{1f600}'.repeat(60),
  '\u{1d56c}\u{1d586} \u{20000}\u{2a6df} \u{10ffff} \u{1f9d1}\u200d',
  `Z${'\u0310\u0322\u0353\u0321'.repeat(30)}algo${'\u0489'.repeat(4)}`,
  `\ufdfd\ufdfd \u{12219}\u{1242b} \ua9c5 ${'\ufdfa'.repeat(10)}`,
  `${'\u0e49'.repeat(20)}\u0e01${'\u0e49'.repeat(50)}`,
  '\u1160\u3164\u115f\u2800 looks blank',
  '\uff1cscript\uff1e\uff07\uff02 \u02b9\u02ba \u2039\u203a \u00ab\u00bb',
  'ﬁ ﬀ İ ı ſ ẞ ǆ \u1e9e \u0345',
  '\u{1f171}\u{1f174} \u0430dmin (Cyrillic a) \u0391nna (Greek A)',
];

const head = script(0);
export const hostileTexts: readonly string[] = [...head, ...links(head.length), ...templates, ...direction, ...shapes];

/** Control characters, separators and turners of direction: a message may hold them, a name may not. */
export function nameRefuses(text: string): boolean {
  return /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text);
}
