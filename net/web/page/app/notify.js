// The notifier tells of mentions and direct messages when nobody looks: a
// desktop notification, if allowed, and the title and icon of the tab.
import { clean } from './text.js';
import { read, write } from './store.js';

export class Notifier {
  #chat;

  constructor(chat) {
    this.#chat = chat;
  }

  get supported() {
    return 'Notification' in globalThis;
  }

  get on() {
    return this.supported && Notification.permission === 'granted' && read('notify', false);
  }

  get denied() {
    return this.supported && Notification.permission === 'denied';
  }

  /** turn asks the browser where need be. */
  async turn(on) {
    if (on && Notification.permission !== 'granted') await Notification.requestPermission();
    write('notify', on && Notification.permission === 'granted');
    this.#chat.changed();
  }

  /** of tells of a message in a buffer that is not being read. */
  of(buffer, m) {
    if (!this.on || (!document.hidden && document.hasFocus())) return;
    const title = buffer.isRoom ? `${clean(m.nick, 40)} in ${clean(buffer.name, 60)}` : clean(m.nick, 60);
    let n;
    try {
      n = new Notification(title, { body: clean(m.text), tag: `greenroom-${buffer.key}`, icon: document.querySelector('link[rel=icon]').href });
    } catch {
      return; // on Android only a service worker may
    }
    n.onclick = () => {
      window.focus();
      this.#chat.open(buffer);
      this.#chat.bringUp?.();
      n.close();
    };
  }

  title() {
    const { unread, mentions } = this.#chat.reading.inAll();
    const name = this.#chat.isupport.get('NETWORK') ?? 'Greenroom';
    const mark = mentions ? `(${mentions}) ` : unread ? '• ' : '';
    document.title = `${mark}${this.#chat.current ? `${clean(this.#chat.current.name, 60)} – ` : ''}${name}`;
    if (navigator.setAppBadge) (mentions ? navigator.setAppBadge(mentions) : navigator.clearAppBadge())?.catch?.(() => {});
  }

  end() {
    document.title = 'Greenroom';
    navigator.clearAppBadge?.()?.catch?.(() => {});
  }
}
