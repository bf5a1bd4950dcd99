/** A reader for the small XML that tests look at: refuses everything that is not well-formed. No entities of its own, no DTD. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Character data of the element and everything inside it. */
  readonly text: string;
}

const TOKEN =
  /<(?<close>\/)?(?<name>[A-Za-z][\w.-]*)(?<attributes>(?:\s+[\w:.-]+="[^"<]*")*)\s*(?<empty>\/)?>|(?<text>[^<]+)/uy;
const ALLOWED = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;

export function readXml(source: string): XmlElement {
  if (!ALLOWED.test(source)) throw new Error('a character that XML 1.0 does not allow');
  const body = source.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '').trimEnd();
  const root = { name: '', attributes: {}, children: [] as XmlElement[], text: '' };
  const open = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < body.length) {
    const at = TOKEN.lastIndex;
    const groups = TOKEN.exec(body)?.groups;
    const parent = open.at(-1);
    if (groups === undefined || parent === undefined)
      throw new Error(`not well-formed at ${at}: ${body.slice(at, at + 60)}`);
    if (groups['text'] !== undefined) {
      const text = decode(groups['text']);
      for (const element of open) element.text += text;
    } else if (groups['close'] !== undefined) {
      if (parent.name !== groups['name']) throw new Error(`</${groups['name']}> closes <${parent.name}>`);
      open.pop();
    } else {
      const element = {
        name: groups['name'] ?? '',
        attributes: readAttributes(groups['attributes'] ?? ''),
        children: [],
        text: '',
      };
      parent.children.push(element);
      if (groups['empty'] === undefined) open.push(element);
    }
  }
  const [only, ...others] = root.children;
  if (open.length !== 1 || only === undefined || others.length > 0)
    throw new Error('not exactly one closed root element');
  return only;
}

function readAttributes(source: string): Readonly<Record<string, string>> {
  const attributes: Record<string, string> = {};
  for (const [, name = '', value = ''] of source.matchAll(/([\w:.-]+)="([^"]*)"/g)) {
    if (name in attributes) throw new Error(`attribute ${name} twice`);
    attributes[name] = decode(value);
  }
  return attributes;
}

function decode(raw: string): string {
  if (raw.includes(']]>')) throw new Error(']]> in character data');
  const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return raw.replace(/&(?:#(\d+)|(\w+));|&/g, (whole, code: string | undefined, name: string | undefined) => {
    const character = code === undefined ? named[name ?? ''] : String.fromCodePoint(Number(code));
    if (character === undefined) throw new Error(`bad reference ${whole}`);
    return character;
  });
}
