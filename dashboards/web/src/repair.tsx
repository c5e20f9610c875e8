// A device under repair: who says so, until when, why; and the buttons of those who may.
import { useState } from "preact/hooks";

import { api, Refusal, type Device } from "./api";
import { mayMaintain, now, refreshBuses, session } from "./live";
import { moment } from "./time";
import { words } from "./zh";

const texts = words.devices.repair;

const HOUR = 3_600_000;

function told(device: Device): string {
  const repair = device.maintenance;
  return repair === null ? texts.none : texts.told(repair.by, moment(repair.since, now.value), moment(repair.until, now.value), repair.note);
}

function Buttons({ device }: { device: Device }) {
  const [note, setNote] = useState("");
  const [trouble, setTrouble] = useState("");
  const [isBusy, setBusy] = useState(false);
  const order = async (until: number | null) => {
    setBusy(true);
    try {
      await api.maintain(device.id, until, note);
      await refreshBuses();
      setNote("");
      setTrouble("");
    } catch (error) {
      setTrouble(words.failed(error instanceof Refusal ? error.message : String(error)));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="repair">
      {device.maintenance === null ? (
        <>
          <input name="note" aria-label={texts.note} placeholder={texts.note} maxLength={60} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
          {texts.spans.map((hours) => (
            <button key={hours} class="btn" disabled={isBusy || note.trim() === ""} data-hours={hours} onClick={() => void order(now.value + hours * HOUR)}>
              {texts.hours(hours)}
            </button>
          ))}
          <p class="soft small">{texts.meaning}</p>
        </>
      ) : (
        <button class="btn" disabled={isBusy} data-hours="0" onClick={() => void order(null)}>
          {texts.end}
        </button>
      )}
      {trouble !== "" && <p role="alert">{trouble}</p>}
    </div>
  );
}

export function Repair({ device }: { device: Device }) {
  return (
    <>
      {told(device)}
      {mayMaintain(session.value?.user?.role) && <Buttons device={device} key={device.id} />}
    </>
  );
}
