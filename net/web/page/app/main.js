// The page starts here.
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { read, write } from './store.js';
import { applyTheme } from './theme.js';
import { useTopic } from './topic.js';
import { Lost } from './refusal.js';
import { html } from './views/html.js';
import { Login } from './views/login.js';
import { fetching, lazy } from './views/lazy.js';

const Shell = lazy(() => import('./views/shell.js').then((m) => m.Shell));
const root = document.getElementById('app');
const unknown = { network: 'Greenroom', register: true, guests: false, email: false, password: false, nicklen: 32 };

function App({ about }) {
  const [chat, setChat] = useState(null);
  const [why, setWhy] = useState('');
  const [restoring, setRestoring] = useState(() => read('login', null, sessionStorage));

  useEffect(() => {
    if (restoring) restore(restoring).then(setChat, (error) => setWhy(error.message)).finally(() => setRestoring(null));
  }, []);

  function ended(reason) {
    setWhy(reason === 'logged out' ? '' : reason);
    setChat(null);
  }
  if (restoring) return html`<main class="login"><p role="status">Connecting…</p></main>`;
  return chat ? html`<${Signed} chat=${chat} ended=${ended} />` : html`<${Login} about=${about} done=${setChat} why=${why} />`;
}

/** restore logs in again as this tab was told to; the server may be away for a while. */
async function restore({ nick, password, serverPassword }) {
  const { Chat } = await fetching(import('./chat.js'));
  for (let pause = 500; ; pause = Math.min(2 * pause, 10_000)) {
    const chat = new Chat({ nick, account: nick, password, serverPassword });
    try {
      await chat.start();
      return chat;
    } catch (error) {
      chat.end();
      if (!(error instanceof Lost)) {
        write('login', undefined, sessionStorage);
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

function Signed({ chat, ended }) {
  useTopic(chat);
  useEffect(() => {
    if (chat.over) ended(chat.over);
  }, [chat.over]);
  return html`<${Shell} chat=${chat} />`;
}

applyTheme();
const about = await fetch('/about.json').then((r) => r.json()).catch(() => unknown);
document.title = about.network;
render(html`<${App} about=${about} />`, root);
