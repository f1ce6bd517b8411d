package config

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// web checks where the page is served.
func (v *verdict) web(c Config) {
	w := c.Web
	if w.Off() {
		return
	}
	_, port, err := net.SplitHostPort(w.Address)
	if err != nil || port == "" {
		v.check("web.address", false, fmt.Sprintf("%q is not host:port, nor \"off\"", w.Address))
		return
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		v.check("web.address", false, fmt.Sprintf("%q is not a port", port))
	}
	for _, l := range c.Listen {
		v.check("web.address", l.Address != w.Address || port == "0", w.Address+" is an address for chat already")
	}
	v.check("web.address", c.Metrics.Address != w.Address || port == "0", w.Address+" is the address of metrics already")
	v.check("web.cert", (w.Cert == "") == (w.Key == ""), "cert and key go together")
	v.readable("web.cert", w.Cert)
	v.readable("web.key", w.Key)
	v.check("web.acme_domains", len(w.ACMEDomains) == 0 || w.Cert == "", "a certificate comes from ACME or from files, not from both")
	v.check("web.acme_email", w.ACMEEmail == "" || len(w.ACMEDomains) > 0, "is of no use without acme_domains")
	v.check("web.acme_directory", w.ACMEDirectory == "" || len(w.ACMEDomains) > 0, "is of no use without acme_domains")
	v.check("web.acme_directory", w.ACMEDirectory == "" || strings.HasPrefix(w.ACMEDirectory, "https://"), fmt.Sprintf("%q is not an address such as https://acme.example.org/directory", w.ACMEDirectory))
	for _, d := range w.ACMEDomains {
		v.check("web.acme_domains", strings.Contains(d, ".") && !strings.ContainsAny(d, "/:* "), fmt.Sprintf("%q is not a domain such as chat.example.org", d))
	}
	for _, o := range w.Origins {
		v.check("web.origins", isOrigin(o), fmt.Sprintf("%q is not an origin such as https://chat.example.org", o))
	}
	for _, cidr := range w.TrustedProxies {
		_, err := netip.ParsePrefix(cidr)
		v.check("web.trusted_proxies", err == nil, fmt.Sprintf("%q is not a CIDR such as 10.0.0.0/8", cidr))
	}
}
