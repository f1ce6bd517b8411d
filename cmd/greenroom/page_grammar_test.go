package main

import (
	"fmt"
	"os"
	"testing"
)

// pageModule is an expression for what a module of the page exports.
func pageModule(name string) string {
	return fmt.Sprintf("(await import(document.querySelector('script[src]').src.replace('main.js', %q)))", name)
}

func TestPageReadsLinesAsTheServerDoes(t *testing.T) {
	vectors, err := os.ReadFile("../../net/irc/testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	b := newTab(t, site(t).Web)
	wrong := js[[]string](b, fmt.Sprintf(`(async () => {
		const { parse, format, fold } = %s;
		const all = %s, wrong = [];
		const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
		for (const v of all.parse) {
			const m = parse(v.line);
			const good = v.empty ? m === null
				: m && same([...m.tags], v.tags) && m.source === v.source && m.command === v.command && same(m.params, v.params);
			if (!good) wrong.push(JSON.stringify(v.line) + ': ' + JSON.stringify(m && { ...m, tags: [...m.tags] }));
		}
		for (const v of all.format) {
			const line = format(v.command, v.params, Object.fromEntries(v.tags));
			if (line !== v.line) wrong.push(JSON.stringify(line) + ', want ' + JSON.stringify(v.line));
		}
		for (const [from, to] of all.fold) if (fold(from) !== to) wrong.push(from + ' folds to ' + fold(from));
		if (all.parse.length < 10 || all.format.length < 10) wrong.push('no vectors');
		return wrong })()`, pageModule("irc.js"), vectors))
	for _, w := range wrong {
		t.Error(w)
	}
}

func TestPageSplitsBetweenCharactersAndCutsTextIntoPieces(t *testing.T) {
	b := newTab(t, site(t).Web)
	wrong := js[[]string](b, fmt.Sprintf(`(async () => {
		const { split, bytes, parseModes, parseISupport, prefixes } = %s;
		const { pieces, safe, clean } = %s;
		const { mentions } = %s;
		const wrong = [], is = (what, got, want) => JSON.stringify(got) === JSON.stringify(want) || wrong.push(what + ': ' + JSON.stringify(got));
		const long = 'word '.repeat(40) + '👩‍👩‍👧'.repeat(30) + '世界'.repeat(60);
		const parts = split(long, 100);
		is('whole', parts.join(''), long);
		is('length', parts.every(p => bytes(p) <= 100), true);
		is('families', parts.some(p => p.startsWith('\u200d') || p.endsWith('\u200d')), false);
		is('spaces', split('aaaa bbbb cccc', 10), ['aaaa bbbb ', 'cccc']);
		is('nothing', split('', 10), ['']);
		is('modes', parseModes(['+ov-k+l', 'a', 'b', 'key', '5']), [
			{ add: true, mode: 'o', arg: 'a' }, { add: true, mode: 'v', arg: 'b' }, { add: false, mode: 'k', arg: 'key' }, { add: true, mode: 'l', arg: '5' }]);
		is('isupport', [...parseISupport(['NETWORK=A\\x20B', 'SAFELIST', '-X'], new Map([['X', '']]))], [['NETWORK', 'A B'], ['SAFELIST', '']]);
		is('prefixes', prefixes('(qov)~@+'), [['q', '~'], ['o', '@'], ['v', '+']]);
		is('link', pieces('see https://a.example/x_(y), ok').map(p => p.kind + ' ' + p.text), ['text see ', 'link https://a.example/x_(y)', 'text , ok']);
		is('unsafe', ['javascript:alert(1)', 'data:text/html,x', 'http://', 'nonsense', 'https://bank.example@evil.example/'].map(safe), ['', '', '', '', '']);
		is('mention', pieces('hi Ann, annex', 'ann').map(p => p.kind + ' ' + p.text), ['text hi ', 'mention Ann', 'text , annex']);
		is('mentions', ['ann', 'Ann: hi', 'annex', '@ann', 'joann', 'ännann'].map(t => mentions(t, 'ann')), [true, true, false, true, false, false]);
		is('clean', clean('a\u202eb\nc\u0000'), 'a[RLO]b c[NUL]');
		return wrong })()`, pageModule("irc.js"), pageModule("text.js"), pageModule("message.js")))
	for _, w := range wrong {
		t.Error(w)
	}
}
