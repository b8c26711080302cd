"use strict";
// Everything that comes back is put in as text, never as markup. The key lives in its field and nowhere else.
const at = id => document.getElementById(id);
const NOTES = {
  not_english: "This does not read like English, which is all the model has learnt. Its answer is a guess.",
  unlike_training: "This does not read like the reviews that the model was trained on. Its answer may be a guess."
};
const SENTIMENTS = ["negative", "neutral", "positive"];
let turn = 0;

async function call(path, body) {
  const headers = {};
  if (at("key").value) headers.Authorization = `Bearer ${at("key").value.trim()}`;
  if (body) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, {method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), cache: "no-store"});
  } catch {
    throw new Error("The endpoint could not be reached.");
  }
  const found = await answer.json().catch(() => ({}));
  if (answer.ok) return found;
  if (answer.status === 401) {
    at("key-field").hidden = false;
    throw new Error(at("key").value ? "This key is not one of the endpoint's." : "");
  }
  const detail = found.detail;
  throw new Error(Array.isArray(detail) ? detail.map(one => `${one.field}: ${one.problem}`).join("; ") : detail || `Status ${answer.status}`);
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function tell(problem) {
  at("told").replaceChildren();
  if (!problem) return;
  const card = element("div", "card fail");
  card.append(element("p", "", problem));
  at("told").append(card);
}

function showAnswer(found) {
  const one = found.predictions[0];
  at("sentiment").className = one.sentiment;
  at("sentiment").textContent = one.sentiment;
  at("shares").replaceChildren(...SENTIMENTS.map(name => {
    const share = one.probabilities[name], row = element("tr"), cell = element("td"), bar = element("div", "bar"), fill = element("i");
    fill.style.width = `${100 * share}%`;
    fill.style.background = `var(--${name})`;
    bar.append(fill);
    cell.append(bar);
    row.append(element("td", "", name), cell, element("td", "n", `${(100 * share).toFixed(1)} %`));
    return row;
  }));
  at("notes").replaceChildren(...(one.notes || []).map(note => {
    const line = element("li", "warn");
    line.append(element("b", "", "Note: "), NOTES[note] || note);
    return line;
  }));
  at("asked-of").textContent = `Version ${found.version} (${found.kind}), request ${found.request_id}`;
  at("answer").hidden = false;
}

function showWords(found) {
  const characters = found.text, most = Math.max(...found.words.map(word => Math.abs(word.weight)), 0);
  const parts = [];
  let begin = 0;
  found.words.forEach((word, place) => {
    parts.push(characters.slice(begin, word.start));
    begin = word.end;
    const made = element("span", place < found.num_read ? "" : "unread", characters.slice(word.start, word.end));
    const strength = most ? Math.round(70 * Math.abs(word.weight) / most) : 0;
    if (place < found.num_read && strength > 3) {
      made.style.background = `color-mix(in srgb, var(--${word.weight > 0 ? "positive" : "negative"}) ${strength}%, transparent)`;
      made.title = word.weight.toFixed(2);
    }
    parts.push(made);
  });
  at("words").replaceChildren(...parts, characters.slice(begin));
  at("method").textContent = `the deeper, the stronger; ${found.method}`;
  at("words-key").hidden = false;
}

function showName(found) {
  at("version").textContent = `Version ${found.version}, ${found.kind}`;
  at("version").hidden = false;
}

async function showVersion() {
  try {
    const found = await call("version");
    showName(found);
    tell("");
  } catch (error) {
    tell(error.message);
  }
}

async function ask(event) {
  event.preventDefault();
  const mine = ++turn, review = {text: at("text").value};
  if (at("title").value.trim()) review.title = at("title").value;
  at("ask").disabled = true;
  tell("");
  try {
    const found = await call("predict", {reviews: [review]});
    if (mine !== turn) return;
    showAnswer(found);
    showName(found);
    at("words-key").hidden = true;
    at("words").replaceChildren(element("span", "soft", "looking for the words …"));
  } catch (error) {
    at("answer").hidden = true;
    tell(error.message || "Give the key first.");
    return;
  } finally {
    at("ask").disabled = false;
  }
  try {
    const why = await call("explain", review);
    if (mine === turn) showWords(why);
  } catch (error) {
    if (mine === turn) at("words").replaceChildren(element("span", "soft", `not known: ${error.message}`));
  }
}

at("form").addEventListener("submit", ask);
at("text").addEventListener("keydown", event => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) at("form").requestSubmit();
});
at("key").addEventListener("change", showVersion);
showVersion();
