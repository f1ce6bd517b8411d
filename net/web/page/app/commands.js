// What can be typed after a slash.

const help = {
  join: '/join ROOM [KEY] enters a room, or makes it',
  leave: '/leave leaves the room',
  msg: '/msg NAME [TEXT] writes to somebody',
  me: '/me TEXT says what you do',
  topic: '/topic TEXT says what the room is about',
  invite: '/invite NAME lets somebody in',
  kick: '/kick NAME [REASON] removes somebody from the room',
  nick: '/nick NAME changes how you are called',
  away: '/away [REASON] says that you are not there; /back that you are',
  help: '/help lists all of this; begin with // to say something that begins with a slash',
};

const alias = { j: 'join', part: 'leave', query: 'msg', m: 'msg', h: 'help' };

/** command does what a line says, or throws what is wrong with it. */
export async function command(chat, b, line, show) {
  const [, word, rest] = /^(\S*)\s*([\s\S]*)$/.exec(line);
  const name = alias[word.toLowerCase()] ?? word.toLowerCase();
  const [first = '', ...more] = rest.split(/\s+/);
  const after = rest.slice(first.length).trim();
  const need = (value) => {
    if (!value) throw new Error(`Like this: ${help[name]}`);
    return value;
  };
  switch (name) {
    case 'join':
      return rest ? chat.join(first, more[0]) : show('browse');
    case 'leave':
      return chat.close(b);
    case 'msg':
      chat.talk(need(first));
      if (after) chat.outbox.say(first, after);
      return;
    case 'me':
      return chat.outbox.say(b.name, `\x01ACTION ${need(rest).replace(/\n/g, ' ')}\x01`);
    case 'topic':
      return chat.do('TOPIC', [b.name, need(rest)]);
    case 'invite':
      return chat.do('INVITE', [need(first), b.name]);
    case 'kick':
      return chat.do('KICK', [b.name, need(first), after || first]);
    case 'nick':
      return chat.do('NICK', [need(first)]);
    case 'away':
      return chat.do('AWAY', [rest || 'away']);
    case 'back':
      return chat.do('AWAY', []);
    case 'help':
      return show('settings');
    default:
      throw new Error(`There is no /${word}. /help lists what there is; begin with // to say it.`);
  }
}

/** commands is what the help lists. */
export const commands = Object.values(help);
