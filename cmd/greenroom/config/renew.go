package config

import (
	"reflect"
	"strings"
)

// renewable are the keys that can change while the server runs: what connections
// and the accounts' actor look at each time, and are not told to be a limit.
var renewable = map[string]bool{
	"description":                      true,
	"motd":                             true,
	"server_password":                  true,
	"operator":                         true,
	"sts.port":                         true,
	"sts.duration":                     true,
	"accounts.required":                true,
	"accounts.registration":            true,
	"accounts.email_required":          true,
	"accounts.scram":                   true,
	"accounts.before_connect":          true,
	"accounts.custom_account_name":     true,
	"accounts.default_user_modes":      true,
	"history.max_messages_per_request": true,
	"history.allow_redaction":          true,
	"limits.away_length":               true,
	"limits.send_queue":                true,
	"rate_limits.enabled":              true,
}

// Renew is what is in force when a file has been loaded again: of the keys that
// differ, changed take effect, and later do so at the next start.
func (c Config) Renew(next Config) (now Config, changed, later []string) {
	now = c
	visit(reflect.ValueOf(&now).Elem(), reflect.ValueOf(next), "", func(key string, to, from reflect.Value) {
		switch {
		case reflect.DeepEqual(to.Interface(), from.Interface()):
		case renewable[key]:
			to.Set(from)
			changed = append(changed, key)
		default:
			later = append(later, key)
		}
	})
	return now, changed, later
}

// visit shows each key of a file with its value here and there.
func visit(here, there reflect.Value, prefix string, show func(key string, here, there reflect.Value)) {
	for i := range here.NumField() {
		name, _, _ := strings.Cut(here.Type().Field(i).Tag.Get("toml"), ",")
		switch {
		case name == "" || name == "-":
		case here.Field(i).Kind() == reflect.Struct:
			visit(here.Field(i), there.Field(i), prefix+name+".", show)
		default:
			show(prefix+name, here.Field(i), there.Field(i))
		}
	}
}
