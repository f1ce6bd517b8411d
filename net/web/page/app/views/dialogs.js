// Joining and making rooms, inviting, and what a room is about.
import { useEffect, useState } from 'preact/hooks';
import { clean } from '../text.js';
import { fold, bytes } from '../irc.js';
import { Dialog } from './dialog.js';
import { html, Icon } from './html.js';

/** useTry runs what may be refused: [try, what was said, whether it is under way]. */
function useTry(done) {
  const [fault, setFault] = useState('');
  const [busy, setBusy] = useState(false);
  async function attempt(run) {
    if (busy) return;
    setBusy(true);
    setFault('');
    try {
      await run();
      done();
    } catch (error) {
      setFault(clean(error.message, 300));
      setBusy(false);
    }
  }
  return [attempt, fault, busy];
}

export function Browse({ chat, close, name: given = '' }) {
  const [name, setName] = useState(given);
  const [rooms, setRooms] = useState(null);
  const [attempt, fault, busy] = useTry(close);
  useEffect(() => {
    chat.do('LIST', []).then((lines) => setRooms(listed(lines)), (error) => setRooms({ error: error.message }));
  }, []);
  const wanted = name.trim().replace(/\s+/g, '-');
  const room = chat.isRoom(wanted || '#') ? wanted : `#${wanted}`;
  const some = Array.isArray(rooms) ? rooms.filter((r) => fold(r.name).includes(fold(wanted))) : [];
  const there = some.some((r) => fold(r.name) === fold(room)) || chat.buffers.get(fold(room))?.joined;
  const max = Number(chat.isupport.get('CHANNELLEN') ?? 64);
  const long = bytes(room) > max;
  return html`<${Dialog} title="Join or make a room" close=${close}>
    <form onSubmit=${(e) => { e.preventDefault(); if (wanted && !long) attempt(() => chat.join(room)); }}>
      <label>Name of the room<span class="with-button"><input autofocus value=${name} placeholder="design-team" autocapitalize="none" spellcheck=${false} onInput=${(e) => setName(e.target.value)} />
        <button class="primary" disabled=${!wanted || busy || long}>${there || !wanted ? 'Join' : 'Make it'}</button></span></label>
      <p class="fault" role="alert">${fault || (long ? `At most ${max} letters.` : '')}</p>
    </form>
    <h3>Rooms that anybody may find</h3>
    <ul class="results">${some.slice(0, 100).map((r) => html`<li key=${r.name}><button type="button" onClick=${() => attempt(() => chat.join(r.name))}>
        <${Icon} name="hash" /><span class="name">${clean(r.name.replace(/^#/, ''), 60)}<small>${clean(r.subject, 100)}</small></span><span class="count"><${Icon} name="people" />${r.people}</span></button></li>`)}
      ${rooms === null && html`<li class="none">Looking…</li>`}
      ${rooms?.error && html`<li class="none">${clean(rooms.error)}</li>`}
      ${Array.isArray(rooms) && !some.length && html`<li class="none">${wanted ? 'None of that name: you can make it.' : 'None yet: make the first.'}</li>`}
    </ul><//>`;
}

function listed(lines) {
  return lines.filter((m) => m.command === '322')
    .map((m) => ({ name: m.params[1], people: Number(m.params[2]), subject: m.params[3] ?? '' }))
    .sort((a, b) => b.people - a.people || a.name.localeCompare(b.name));
}

export function Invite({ chat, buffer: b, close }) {
  const [name, setName] = useState('');
  const [attempt, fault, busy] = useTry(() => {
    chat.tell(`${name.trim()} is invited.`);
    close();
  });
  const known = [...new Set([...chat.buffers.values()].flatMap((it) => (it.isRoom ? [...it.members.values()].map((m) => m.nick) : [it.name])))]
    .filter((n) => !b.member(n)).sort();
  return html`<${Dialog} title=${`Invite somebody to ${clean(b.name, 60)}`} close=${close} class="small">
    <form onSubmit=${(e) => { e.preventDefault(); if (name.trim()) attempt(() => chat.do('INVITE', [name.trim(), b.name])); }}>
      <label>Who<input autofocus list="known" value=${name} autocapitalize="none" spellcheck=${false} onInput=${(e) => setName(e.target.value)} /></label>
      <datalist id="known">${known.slice(0, 200).map((n) => html`<option key=${n} value=${n} />`)}</datalist>
      <p class="fault" role="alert">${fault}</p>
      <p class="row end"><button class="primary" disabled=${!name.trim() || busy}>Invite</button></p>
    </form><//>`;
}

export function Subject({ chat, buffer: b, close }) {
  const [text, setText] = useState(b.subject);
  const [attempt, fault, busy] = useTry(close);
  const max = Number(chat.isupport.get('TOPICLEN') ?? 390);
  const left = max - bytes(text);
  return html`<${Dialog} title=${`What ${clean(b.name, 60)} is about`} close=${close} class="small">
    <form onSubmit=${(e) => { e.preventDefault(); if (left >= 0) attempt(() => chat.do('TOPIC', [b.name, text.replace(/\n/g, ' ')])); }}>
      <label>Topic<textarea autofocus rows="3" value=${text} onInput=${(e) => setText(e.target.value)}></textarea></label>
      <p class="fault" role="alert">${fault || (left < 0 ? `${-left} too many.` : '')}</p>
      <p class="row end"><button class="primary" disabled=${busy || left < 0}>Save</button></p>
    </form><//>`;
}
