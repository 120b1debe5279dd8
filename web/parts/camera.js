import { t } from '../i18n.js';
import { html, useEffect, useRef, useState } from '../view.js';
import { Field, Select } from './field.js';

const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };

/** The chosen camera and microphone, with a preview. `onStream(stream | null)` gets what they give. */
export function Camera({ onStream, locked, onAir }) {
  const video = useRef(null);
  const [chosen, setChosen] = useState({ camera: '', microphone: '' });
  const [devices, setDevices] = useState({ cameras: [], microphones: [] });
  const [used, setUsed] = useState({ camera: '', microphone: '' });
  const [refused, setRefused] = useState(false);

  useEffect(() => {
    let stream = null;
    let gone = false;
    capture(chosen).then(async (captured) => {
      if (gone) return release(captured);
      stream = captured;
      video.current.srcObject = captured;
      setRefused(false);
      onStream(captured);
      setUsed({ camera: deviceOf(captured.getVideoTracks()), microphone: deviceOf(captured.getAudioTracks()) });
      setDevices(await knownDevices()); // names are known only once access is granted
    }).catch(() => {
      setRefused(true);
      onStream(null);
    });
    return () => {
      gone = true;
      if (stream) release(stream);
    };
  }, [chosen.camera, chosen.microphone]);

  const choice = (kind, list) => html`
    <${Field} name=${kind} label=${t(`present.${kind}`)} control=${(attributes) => html`
      <${Select} ...${attributes} value=${used[kind]} disabled=${locked}
        options=${list.map((device, i) => [device.deviceId, device.label || `${t(`present.${kind}`)} ${i + 1}`])}
        onChange=${(value) => setChosen({ ...chosen, [kind]: value })} />`} />`;
  return html`
    <section class="camera" aria-label=${t('present.preview')}>
      <div class="screen preview ${onAir ? 'on-air' : ''}">
        <video ref=${video} autoplay playsinline muted aria-label=${t('present.preview')} />
        ${refused && html`<div class="slate" role="alert"><p class="slate-title">${t('present.noCamera')}</p></div>`}
      </div>
      <div class="pair">${choice('camera', devices.cameras)}${choice('microphone', devices.microphones)}</div>
    </section>`;
}

const capture = ({ camera, microphone }) =>
  navigator.mediaDevices.getUserMedia({
    video: { ...PICTURE, ...(camera && { deviceId: { exact: camera } }) },
    audio: { echoCancellation: true, ...(microphone && { deviceId: { exact: microphone } }) },
  });

const deviceOf = ([track]) => track?.getSettings().deviceId ?? '';

const release = (stream) => stream.getTracks().forEach((track) => track.stop());

async function knownDevices() {
  const all = await navigator.mediaDevices.enumerateDevices();
  const of = (kind) => all.filter((device) => device.kind === kind);
  return { cameras: of('videoinput'), microphones: of('audioinput') };
}
