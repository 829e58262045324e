// Links across a company's own domains, x.js: an optional companion of t.js, loaded before it:
//
//   <script defer src="https://…/x.js" data-domains="shop.example pay.example"></script>
//
// A link from one of the domains to another carries the visitor and the visit as _trb; the page that it leads to goes on with
// both, so that one visitor stays one and one visit is one. What is carried holds for two minutes, so that an address that
// somebody passes on makes nobody somebody else.
{
  const { domains = "", domain = "" } = document.currentScript.dataset;
  const own = domains.split(/[\s,]+/).filter(Boolean);
  const minutes = 2 * 60 * 1000;
  const within = (host, name) => host === name || host.endsWith("." + name);
  const home = (host) => own.find((name) => within(host, name));
  const cookie = () => (document.cookie.split("_trb=")[1] || "").split(";")[0].split("~");
  const denied = () => navigator.globalPrivacyControl || (window.tributary?.q || []).some(([name, word]) => name === "consent" && word === "denied");

  const queue = (...call) => {
    window.tributary = window.tributary || function () { (tributary.q = tributary.q || []).push(arguments); };
    window.tributary(...call);
  };

  // arrive goes on with the visitor and the visit that the address brings along, and takes them out of it.
  const arrive = () => {
    const found = /[?&]_trb=([\w.-]{8,64})~([\w.-]{8,64})~(\d{13})(?=&|#|$)/.exec(location.href);
    if (!found) return;
    const [whole, visitor, session, sent] = found;
    history.replaceState(history.state, "", location.href.replace(whole, whole[0] === "?" ? "?" : "").replace("?&", "?").replace(/\?(?=#|$)/, ""));
    const age = Date.now() - sent;
    if (denied() || age > minutes || age < -minutes) return;
    const [known, , , mark = ""] = cookie();
    document.cookie = `_trb=${[known || visitor, session, Date.now(), mark].join("~")};path=/;max-age=34560000;domain=${domain}`;
    queue("event", "cross_domain", { linked_id: visitor });
  };

  // decorate puts the visitor and the visit onto a link just before it is followed.
  const decorate = (event) => {
    const link = event.target.closest?.("a[href]");
    const [visitor, session] = cookie();
    if (!link || !visitor || !session || !/^https?:$/.test(link.protocol)) return;
    const to = home(link.hostname);
    if (!to || to === home(location.hostname)) return;
    const [address, anchor] = link.href.replace(/([?&])_trb=[^&#]*&?/, "$1").split(/#(.*)/s);
    const joint = address.includes("?") ? (/[?&]$/.test(address) ? "" : "&") : "?";
    link.href = `${address}${joint}_trb=${visitor}~${session}~${Date.now()}${anchor === undefined ? "" : "#" + anchor}`;
  };

  arrive();
  for (const type of ["click", "auxclick"]) addEventListener(type, decorate, true);
}
