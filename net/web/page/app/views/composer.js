// Where messages are written.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useTopic } from '../topic.js';
import { clean } from '../text.js';
import { read } from '../store.js';
import { fold } from '../irc.js';
import { html, IconButton } from './html.js';

const typingEvery = 3000; // ircv3 typing
const byTouch = matchMedia('(pointer: coarse)'); // a keyboard on the screen has no Shift Enter: Enter is a new line there, and the button sends

export function Composer({ chat, buffer: b, show }) {
  useTopic(b, chat);
  return b.isRoom && !b.joined && chat.settled ? html`<${Outside} chat=${chat} buffer=${b} />` : html`<${Box} chat=${chat} buffer=${b} show=${show} />`;
}

function Outside({ chat, buffer: b }) {
  const join = () => chat.join(b.name).catch((error) => chat.tell(error.message, true));
  return html`<div class="composer closed"><p>You are not in this room.</p><button class="primary" type="button" onClick=${join}>Join</button></div>`;
}

function Box({ chat, buffer: b, show }) {
  useTopic(b, chat.connection);
  const [text, setText] = useState(chat.drafts.value[b.key] ?? '');
  const box = useRef();
  const told = useRef(0); // when others were told that we type
  const cycle = useRef(null); // a name that is being completed

  useLayoutEffect(() => {
    box.current.style.height = 'auto';
    box.current.style.height = `${Math.min(box.current.scrollHeight, innerHeight / 3)}px`;
  }, [text]);
  useEffect(() => {
    b.redraft = () => setText(chat.drafts.value[b.key] ?? '');
    if (matchMedia('(pointer: fine)').matches && document.activeElement === document.body) box.current.focus();
    return () => (b.redraft = undefined);
  }, []);

  function change(value) {
    setText(value);
    if (value) chat.drafts.value[b.key] = value;
    else delete chat.drafts.value[b.key];
    chat.drafts.save();
    typing(value);
  }

  function typing(value) {
    if (!chat.online || !chat.tagmsg || !chat.has('message-tags') || !read('typing', true) || value.startsWith('/')) return;
    const now = Date.now();
    if (value ? now - told.current < typingEvery : told.current === 0) return;
    told.current = value ? now : 0;
    chat.do('TAGMSG', [b.name], { '+typing': value ? 'active' : 'done' }).catch((error) => {
      if (error.code === '421') chat.tagmsg = false;
    });
  }

  async function send() {
    const said = text.replace(/^\n+|\s+$/g, '');
    if (!said) return;
    if (said.startsWith('/') && !said.startsWith('//')) {
      try {
        const { command } = await import('../commands.js');
        await command(chat, b, said.slice(1), show);
        change('');
      } catch (error) {
        chat.tell(error.message, true);
      }
      return;
    }
    told.current = 0;
    chat.outbox.say(b.name, said.replace(/^\/\//, '/'), b.replyTo?.id);
    b.replyTo = null;
    change('');
    b.toEnd?.();
  }

  function key(e) {
    if (e.key !== 'Tab') cycle.current = null;
    if (e.isComposing) return;
    if (sends(e)) {
      e.preventDefault();
      send();
    } else if (e.key === 'ArrowUp' && text === '') {
      e.preventDefault();
      [...document.querySelectorAll('.log [data-key]')].at(-1)?.focus();
    } else if (e.key === 'Tab' && !e.shiftKey && !e.ctrlKey) {
      complete(e);
    }
  }

  /** complete makes a name of its beginning; again: the next that begins so. */
  function complete(e) {
    const el = box.current;
    const c = cycle.current ?? begin(chat, b, text, el.selectionStart);
    if (!c) return;
    e.preventDefault();
    cycle.current = { ...c, next: (c.next + 1) % c.names.length };
    const name = c.names[c.next] + (c.from === 0 && !c.names[c.next].startsWith('#') ? ': ' : ' ');
    change(text.slice(0, c.from) + name + text.slice(c.to));
    cycle.current.to = c.from + name.length;
    requestAnimationFrame(() => el.setSelectionRange(c.from + name.length, c.from + name.length));
  }

  return html`<form class="composer" onSubmit=${(e) => { e.preventDefault(); send(); }}>
    <${Typing} buffer=${b} />
    ${b.replyTo && html`<div class="replying"><span>Reply to <strong>${clean(b.replyTo.nick, 40)}</strong> ${clean(b.replyTo.text, 100)}</span>
      <${IconButton} icon="close" label="No reply" onClick=${() => { b.replyTo = null; b.changed(); }} /></div>`}
    <div class="box"><textarea id="say" ref=${box} rows="1" value=${text} placeholder=${`Message ${clean(b.name, 40)}`} aria-label=${`Message ${clean(b.name, 60)}`}
      enterkeyhint=${byTouch.matches ? 'enter' : 'send'} autocomplete="off" dir="auto" onInput=${(e) => change(e.target.value)} onKeyDown=${key} onKeyPress=${(e) => sends(e) && e.preventDefault()}></textarea>
      <button type="submit" class="icon-button send" aria-label="Send" title="Send (Enter)" disabled=${!text.trim()}><svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M4 12 20 4l-5 16-4-6-7-2z" /></svg></button></div>
  </form>`;
}

const sends = (e) => e.key === 'Enter' && (byTouch.matches ? e.ctrlKey || e.metaKey : !e.shiftKey && !e.altKey);

/** begin finds what the word before the caret may become. */
function begin(chat, b, text, to) {
  const word = /\S*$/.exec(text.slice(0, to))[0];
  const start = fold(word.replace(/^@/, ''));
  if (!start) return null;
  const people = b.isRoom ? [...b.members.values()].map((m) => m.nick) : [b.name];
  const names = [...people.filter((n) => !chat.isMe(n)), ...chat.rooms().map((r) => r.name)].filter((n) => fold(n).startsWith(start)).sort();
  return names.length ? { names, next: 0, from: to - word.length, to } : null;
}

function Typing({ buffer: b }) {
  useTopic(b.people);
  const [, tick] = useState(0);
  const now = Date.now();
  for (const [nick, over] of b.typing) if (over <= now) b.typing.delete(nick);
  const nicks = [...b.typing.keys()].map((n) => clean(n, 30));
  useEffect(() => {
    if (!nicks.length) return;
    const timer = setTimeout(() => tick((n) => n + 1), 1000);
    return () => clearTimeout(timer);
  });
  const text = nicks.length > 3 ? 'Several people are typing…' : nicks.length ? `${nicks.join(', ')} ${nicks.length > 1 ? 'are' : 'is'} typing…` : '';
  return html`<p class="typing" aria-live="off">${text}</p>`;
}
