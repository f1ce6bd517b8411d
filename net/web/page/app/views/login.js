// Logging in and making an account.
import { useEffect, useRef, useState } from 'preact/hooks';
import { read, write } from '../store.js';
import { Lost } from '../refusal.js';
import { clean } from '../text.js';
import { html, Icon } from './html.js';
import { fetchAll, fetching } from './lazy.js';

/** Login calls done with a Chat that is signed in. */
export function Login({ about, done, why }) {
  const [create, setCreate] = useState(false);
  const [name, setName] = useState(read('name', ''));
  const [password, setPassword] = useState('');
  const [email, setEmail] = useState('');
  const [serverPassword, setServerPassword] = useState('');
  const [keep, setKeep] = useState(false);
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState(why ? { field: '', text: why } : null);
  const fields = { name: useRef(), password: useRef(), email: useRef(), server: useRef() };

  useEffect(() => {
    (name ? fields.password : fields.name).current?.focus();
  }, [create]);
  useEffect(() => {
    if (fault) fields[fault.field]?.current?.focus();
  }, [fault]);

  async function submit(event) {
    event.preventDefault();
    const guest = about.guests && !create && password === '';
    const who = { nick: name.trim(), account: name.trim(), password: guest ? undefined : password, create, email: email.trim(), serverPassword: serverPassword || undefined };
    const wrong = check(who, about);
    setFault(wrong);
    if (wrong || busy) return;
    setBusy(true);
    let chat;
    try {
      const { Chat } = await fetching(import('../chat.js'));
      chat = new Chat(who);
      await chat.start();
      write('name', who.nick);
      write('login', keep ? { nick: who.nick, password: who.password, serverPassword: who.serverPassword } : undefined, sessionStorage);
      done(chat);
    } catch (error) {
      chat?.end();
      setBusy(false);
      setFault(explain(error, create));
    }
  }

  const error = (field) => fault?.field === field && html`<p class="fault" id=${`fault-${field}`}>${fault.text}</p>`;
  const described = (field, hint) => ({
    'aria-invalid': fault?.field === field ? 'true' : undefined,
    'aria-describedby': [hint, fault?.field === field && `fault-${field}`].filter(Boolean).join(' ') || undefined,
  });
  return html`<main class="login">
    <form onSubmit=${submit} onInput=${fetchAll} novalidate>
      <div class="brand"><svg viewBox="0 0 64 64" aria-hidden="true"><rect width="64" height="64" rx="14" /><path d="M18 20h28a4 4 0 0 1 4 4v14a4 4 0 0 1-4 4H33l-9 8v-8h-6a4 4 0 0 1-4-4V24a4 4 0 0 1 4-4z" /></svg>
        <div><h1>${clean(about.network, 40)}</h1><p>${create ? 'Make an account' : 'Log in to chat'}</p></div></div>
      <div role="alert">${fault && !fields[fault.field] && html`<p class="fault banner">${fault.text}</p>`}</div>
      <label>Name
        <input ref=${fields.name} value=${name} onInput=${(e) => setName(e.target.value)} name="username" autocomplete="username"
          autocapitalize="none" spellcheck=${false} maxlength="64" ...${described('name')} />
        ${error('name')}</label>
      <label>Password
        <span class="with-button"><input ref=${fields.password} type=${shown ? 'text' : 'password'} value=${password} name="password"
          onInput=${(e) => setPassword(e.target.value)} autocomplete=${create ? 'new-password' : 'current-password'} ...${described('password', (create || about.guests) && 'hint')} />
          <button type="button" class="icon-button" aria-label="Show the password" aria-pressed=${shown} title="Show the password" onClick=${() => setShown(!shown)}><${Icon} name="eye" /></button></span>
        ${create && html`<small id="hint">Three or four words that do not belong together are good, and easy to keep in mind.</small>`}
        ${!create && about.guests && html`<small id="hint">Without one you come in as a guest, whose messages and rooms nobody keeps for you.</small>`}
        ${error('password')}</label>
      ${create && about.email && html`<label>E-mail address
        <input ref=${fields.email} type="email" value=${email} name="email" autocomplete="email" onInput=${(e) => setEmail(e.target.value)} ...${described('email')} />
        ${error('email')}</label>`}
      ${about.password && html`<label>Password of the server
        <input ref=${fields.server} type="password" value=${serverPassword} onInput=${(e) => setServerPassword(e.target.value)} autocomplete="off" ...${described('server')} />
        ${error('server')}</label>`}
      <label class="check"><input type="checkbox" checked=${keep} onChange=${(e) => setKeep(e.target.checked)} />
        <span>Stay logged in when this tab is reloaded<small>Keeps the password in this tab until it is closed.</small></span></label>
      <button class="primary" disabled=${busy}>${busy ? 'One moment…' : create ? 'Make the account' : about.guests && !password ? 'Come in as a guest' : 'Log in'}</button>
      ${about.register && html`<p class="other">${create ? 'You have an account?' : 'New here?'} <button type="button" class="link" onClick=${() => { setCreate(!create); setFault(null); }}>
        ${create ? 'Log in' : 'Make an account'}</button></p>`}
      ${!about.register && html`<p class="other">Accounts are made by the administrator.</p>`}
    </form>
  </main>`;
}

function check(who, about) {
  if (!who.nick) return { field: 'name', text: 'Type your name.' };
  if (/[\s!@*?,#:]/.test(who.nick)) return { field: 'name', text: 'A name has no spaces, and none of ! @ * ? , # :' };
  if (new TextEncoder().encode(who.nick).length > about.nicklen) return { field: 'name', text: `A name has at most ${about.nicklen} letters.` };
  if (who.password === '') return { field: 'password', text: who.create ? 'Choose a password.' : 'Type your password.' };
  if (who.create && about.email && !who.email.includes('@')) return { field: 'email', text: 'Type your e-mail address; this server wants one.' };
  return null;
}

const sentence = (text) => `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

/** explain says what to do about a refusal, at the field that it is about. */
function explain(error, create) {
  const text = sentence(clean(error.message, 300));
  if (error instanceof Lost) return { field: '', text };
  switch (error.code) {
    case '904':
      return /wrong/i.test(text)
        ? { field: 'password', text: 'The name or the password is wrong. Names of accounts are written as they were made.' }
        : { field: '', text };
    case '464':
      return { field: 'server', text: 'The password of the server is wrong; ask whoever runs it.' };
    case 'ACCOUNT_EXISTS':
    case 'USERNAME_EXISTS':
    case '433':
      return { field: 'name', text: create ? 'This name is taken. If it is yours, log in; else choose another.' : text };
    case '432':
    case 'BAD_ACCOUNT_NAME':
      return { field: 'name', text };
    case 'INVALID_EMAIL':
      return { field: 'email', text };
    case 'WEAK_PASSWORD':
    case 'UNACCEPTABLE_PASSWORD':
      return { field: 'password', text };
    case 'ERROR':
      return { field: '', text: `The server has closed the connection: ${text}` };
    default:
      return { field: '', text };
  }
}
