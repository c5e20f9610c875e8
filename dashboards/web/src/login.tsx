import { useState } from "preact/hooks";

import { api, type Session } from "./api";
import { start } from "./live";
import { words } from "./zh";

export function LoginScreen({ session }: { session: Session }) {
  const [trouble, setTrouble] = useState("");
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    try {
      await api.login(String(form.get("user")), String(form.get("password")));
      await start();
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="login" id="main">
      <form class="panel stack" onSubmit={(event) => void submit(event)}>
        <h1>
          {words.brand} <span class="soft small">{session.gateway.name}</span>
        </h1>
        {!session.has_users && !session.demo && (
          <p>
            {words.login.noUsers}
            <code>{words.login.noUsersCommand}</code>
          </p>
        )}
        <label>
          {words.login.user}
          <input name="user" autocomplete="username" autofocus required />
        </label>
        <label>
          {words.login.password}
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <button class="btn main" disabled={isBusy}>
          {isBusy ? words.login.busy : words.login.submit}
        </button>
        {trouble !== "" && <p role="alert">{trouble}</p>}
        {session.demo && <p class="soft small">{words.login.demo}</p>}
      </form>
    </main>
  );
}
