import { problemOf, reach } from '../api.js';
import { silent } from './silence.js';

/** How long to gather addresses before the offer goes out without the rest (no trickle). */
const GATHERING_MS = 500;

/** A peer connection that asks no third party for addresses. */
export const newPeer = () => new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle' });

/**
 * Offers what `peer` is set up for to a WHIP or WHEP endpoint (RFC 9725) and takes its answer.
 * Answers the address of the resource, for `dismiss`; throws a `Problem` when the endpoint refuses.
 */
export async function exchange(peer, endpoint, token, signal) {
  await peer.setLocalDescription(await peer.createOffer());
  await gathered(peer);
  const headers = { 'content-type': 'application/sdp', accept: 'application/sdp' };
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await reach(endpoint, { method: 'POST', headers, body: peer.localDescription.sdp, signal });
  if (!response.ok) throw await problemOf(response);
  const resource = new URL(response.headers.get('location'), response.url).href;
  await peer.setRemoteDescription({ type: 'answer', sdp: await response.text() });
  return resource;
}

/**
 * Ends `peer` and its resource, on the other side first. `keepalive` lets the request outlive the page that sends it;
 * where it fails, the other side notices the silence.
 */
export function dismiss(peer, resource, token) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const close = () => peer.close();
  fetch(resource, { method: 'DELETE', headers, keepalive: true }).then(close, close);
}

function gathered(peer) {
  if (peer.iceGatheringState === 'complete') return Promise.resolve();
  return new Promise((done) => {
    setTimeout(done, GATHERING_MS);
    peer.addEventListener('icegatheringstatechange', () => peer.iceGatheringState === 'complete' && done());
  });
}

/** Resolves when `peer` is connected; throws when it fails or `deadlineMs` pass. */
export function connected(peer, deadlineMs = 10_000) {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error('no connection in time')), deadlineMs);
    const look = () => {
      if (peer.connectionState === 'connected') done();
      else if (['failed', 'closed'].includes(peer.connectionState)) fail(new Error(peer.connectionState));
      else return;
      clearTimeout(timer);
    };
    peer.addEventListener('connectionstatechange', look);
    look();
  });
}

/** Resolves when a connected `peer` is lost (silent, failed, or disconnected for `patienceMs`), or `signal` aborts. */
export function lost(peer, signal, patienceMs = 2_000) {
  return new Promise((done) => {
    let timer;
    const look = () => {
      clearTimeout(timer);
      if (['failed', 'closed'].includes(peer.connectionState)) done();
      if (peer.connectionState === 'disconnected') timer = setTimeout(done, patienceMs);
    };
    peer.addEventListener('connectionstatechange', look);
    signal.addEventListener('abort', done); // closing one's own peer fires no event
    silent(peer, signal).then(done);
    look();
  });
}
