// The tracker, t.js: what happens on a page becomes events for POST /e. It must stay within 1,000 bytes gzipped, so the server
// does what it can: it reads tags and click ids in addresses, tells channels, and knows what a goal is. README, "From a page",
// says what it does; tracker_browser_test.go holds it to that. Where order is free, it is the one that zips best.
{
  let D = document;
  let script = D.currentScript;
  let session;
  let door = new URL("e", script.src);
  let viewed; // the page whose view was counted last
  let from = D.referrer;
  let random = () => Date.now() + "-" + Math.random();
  let consent = navigator.globalPrivacyControl ? "denied" : undefined;
  let id; // the visitor's
  let events = []; // not yet sent
  let answered; // the last request

  let start = () => {
    window.tributary?.q?.map((a) => call(...a));
    window.tributary = call;
    let push = history.pushState.bind(history);
    history.pushState = (...a) => view(push(...a));
    addEventListener("popstate", view);
    addEventListener("online", () => flush());
    addEventListener("visibilitychange", flush);
    addEventListener("pagehide", flush);
    addEventListener("pageshow", view);
    view();
  };

  let add = (type, data) => {
    touch();
    put(type, data);
    setTimeout(flush, 250);
  };

  // What is about one text, like goal or event, is a field of that name, which the server understands.
  let call = (name, a, b) => {
    if (name == "id") setTimeout(async () => { flush(); await answered; a(id); });
    else if (name == "consent") touch(consent = a);
    else add(name, a?.trim ? { ...b, [name]: a } : a);
  };

  let put = (type, data) =>
    events.push({
      // Of who may not be known the address is sent up to what is no tag of a campaign, and no id.
      page: location.href.split(id ? "#" : /[?&](?!utm_)/)[0],
      referrer: from,
      time: Date.now(),
      consent,
      anonymous_id: id,
      id: random(),
      session_id: session,
      type,
      site: script.dataset.site,
      ...data,
      ...!id && { phone: id, identify: id, email: id },
    });

  // A page that is left hands its events to the browser. Until then, and while offline, they stay until the server has answered;
  // their ids make it safe to send them twice. The answer says who the visitor is: a cookie of the server's may know better.
  let flush = (leaving) => {
    let batch = events.splice(0, 50);
    let body = JSON.stringify({ sent_at: Date.now(), events: batch });
    if (batch[0] && !(leaving && navigator.onLine && navigator.sendBeacon(door, body)))
      answered = fetch(door, { method: "POST", keepalive: true, credentials: "include", body })
        .then((answer) => answer.json())
        .then((answer) => id = answer.visitor.id)
        .catch(() => events.unshift(...batch));
  };

  let view = (e) => {
    let page = location.href.split("#")[0];
    if (page != viewed || e?.persisted) {
      add("page_view");
      viewed = page;
      if (id) from = page;
    }
  };

  // Knows visitor and session by the cookie. Half an hour of silence and a campaign that is not the session's begin a visit.
  let touch = () => {
    if (consent == "denied") return keep(id = session = undefined);
    let [old, current, seen, mark] = (D.cookie.split("_trb=")[1] || "").split(/[~;]/);
    let fresh = !(Date.now() - seen < 18e5);
    if (!viewed && /trb|braid|c[cl](k|ick)?id|cjev|awc|epik|_cid|utm_|fat_/.test(location.search)) fresh |= mark != (mark = escape(location.search).slice(-99));
    id = id || old || random();
    session = fresh ? random() : current;
    keep(mark = [id, session, Date.now(), mark].join("~"));
    if (!D.cookie.includes(mark)) touch(consent = "denied"); // who refuses cookies is not followed without
    else if (fresh) put("visit");
  };

  // The cookie is <visitor>~<session>~<last event, ms>~<campaign>; without a visitor it goes.
  let keep = (value) => D.cookie = `_trb=${value};path=/;max-age=${id ? 34560000 : 0};domain=` + (script.dataset.domain || "");

  D.prerendering ? D.onprerenderingchange = start : start();
}
