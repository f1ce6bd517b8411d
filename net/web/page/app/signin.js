// Registration of a connection: capabilities, then an account that is proved
// or made, then CAP END (ircv3 capability-negotiation, sasl, account-registration).
import { Refusal } from './refusal.js';

const wanted = [
  'message-tags', 'server-time', 'batch', 'labeled-response', 'echo-message', 'standard-replies', 'account-tag',
  'account-notify', 'extended-join', 'multi-prefix', 'userhost-in-names', 'cap-notify', 'sasl', 'away-notify', 'setname',
  'chghost', 'invite-notify', 'extended-monitor', 'draft/account-registration', 'draft/chathistory', 'draft/event-playback',
  'draft/read-marker', 'draft/message-redaction', 'draft/multiline', 'draft/channel-rename', 'draft/extended-isupport',
  'soju.im/search',
];

/** offered reads a list of capabilities into a Map of values. */
export function offered(text, into = new Map()) {
  for (const word of text.split(' ').filter(Boolean)) {
    const at = word.indexOf('=');
    into.set(at < 0 ? word : word.slice(0, at), at < 0 ? '' : word.slice(at + 1));
  }
  return into;
}

/** worthAsking are those of the server's that the page knows. */
export const worthAsking = (caps) => wanted.filter((name) => caps.has(name));

/** signIn resolves with the capabilities in force, once the server has said welcome. */
export async function signIn(wire, who) {
  await wire.opened;
  wire.send('CAP', ['LS', '302']);
  if (who.serverPassword) wire.send('PASS', [who.serverPassword]);
  wire.send('NICK', [who.nick]);
  wire.send('USER', [userOf(who.nick), '0', '*', who.nick]);
  const caps = await readCaps(wire);
  const ask = worthAsking(caps);
  wire.send('CAP', ['REQ', ask.join(' ')]);
  await answer(wire, (m) => m.command === 'CAP' && (m.params[1] === 'ACK' || m.params[1] === 'NAK'));
  if (who.create) await create(wire, who, caps);
  else if (who.password !== undefined) await prove(wire, who, caps);
  wire.send('CAP', ['END']);
  const welcome = await answer(wire, (m) => m.command === '001');
  return { nick: welcome.params[0], caps: new Map(ask.map((name) => [name, caps.get(name)])) };
}

/** userOf makes a user name of a nick: letters and digits that every server takes. */
const userOf = (nick) => nick.replace(/[^a-z0-9]/gi, '').slice(0, 10) || 'user';

async function readCaps(wire) {
  const caps = new Map();
  for (;;) {
    const m = await answer(wire, (it) => it.command === 'CAP' && it.params[1] === 'LS');
    offered(m.params.at(-1), caps);
    if (m.params[2] !== '*') return caps;
  }
}

/** answer reads on to what is waited for; what is refused meanwhile ends it. */
async function answer(wire, wants) {
  for (;;) {
    const m = await wire.read();
    if (wants(m)) return m;
    if (m.command === 'FAIL') throw new Refusal(m.params[1], m.params.at(-1));
    if (m.command === 'ERROR') throw new Refusal('ERROR', m.params[0].replace(/^Closing link: /i, ''));
    if (['432', '433', '436', '464', '465'].includes(m.command)) throw new Refusal(m.command, m.params.at(-1));
    if (/^90[24-7]$/.test(m.command)) throw new Refusal(m.command, m.params.at(-1));
  }
}

const chunk = 400; // ircv3 sasl: bytes of base64 in a line

function base64(text) {
  let binary = '';
  for (const b of new TextEncoder().encode(text)) binary += String.fromCharCode(b);
  return btoa(binary);
}

async function prove(wire, who, caps) {
  if (!caps.has('sasl')) throw new Refusal('NO_SASL', 'This server takes no passwords');
  wire.send('AUTHENTICATE', ['PLAIN']);
  await answer(wire, (m) => m.command === 'AUTHENTICATE');
  const all = base64(`\0${who.account}\0${who.password}`);
  for (let at = 0; at < all.length; at += chunk) wire.send('AUTHENTICATE', [all.slice(at, at + chunk)]);
  if (all.length % chunk === 0) wire.send('AUTHENTICATE', ['+']);
  await answer(wire, (m) => m.command === '903');
}

async function create(wire, who, caps) {
  const rules = (caps.get('draft/account-registration') ?? 'closed').split(',');
  if (!rules.includes('before-connect')) throw new Refusal('DISALLOWED', 'Nobody can make an account here; ask the administrator for one');
  wire.send('REGISTER', ['*', who.email || '*', who.password]);
  await answer(wire, (m) => m.command === 'REGISTER' && m.params[0] === 'SUCCESS');
}
