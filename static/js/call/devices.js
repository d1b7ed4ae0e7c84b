// @ts-check
/**
 * Camera and microphone: opens what there is, and names what went wrong as a cause code.
 *
 * @typedef {"denied"|"no_device"|"busy"|"in_app"|"insecure"|"old_browser"|"unknown_device"} Cause
 * @typedef {{stream: MediaStream, audio: Cause | null, video: Cause | null}} Opened
 */

// `ideal`, never `exact`: a poor camera is better than an error.
const AUDIO = {
  echoCancellation: { ideal: true },
  noiseSuppression: { ideal: true },
  autoGainControl: { ideal: true },
};
const VIDEO = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30 },
  facingMode: { ideal: "user" },
};
const IN_APP = /FBAN|FBAV|Instagram|Line\/|MicroMessenger|Snapchat|TikTok|musical_ly|LinkedInApp|; wv\)/;

/** @returns {Cause | null} why no device can be had at all */
export function obstacle() {
  if (!window.isSecureContext) return "insecure";
  if (navigator.mediaDevices?.getUserMedia && window.RTCPeerConnection) return null;
  return IN_APP.test(navigator.userAgent) ? "in_app" : "old_browser";
}

/**
 * @param {unknown} error of getUserMedia
 * @returns {Cause}
 */
export function cause(error) {
  switch (error instanceof Error || error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return IN_APP.test(navigator.userAgent) ? "in_app" : "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "no_device";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "unknown_device";
  }
}

/**
 * Both at once (one question to the person); if that fails, each alone, so that a missing camera
 * does not cost the sound.
 * @returns {Promise<Opened>}
 */
export async function open() {
  const blocked = obstacle();
  if (blocked) return { stream: new MediaStream(), audio: blocked, video: blocked };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: AUDIO, video: VIDEO });
    return { stream, audio: null, video: null };
  } catch {
    const audio = await one({ audio: AUDIO });
    const video = await one({ video: VIDEO });
    return {
      stream: new MediaStream([...audio.tracks, ...video.tracks]),
      audio: audio.cause,
      video: video.cause,
    };
  }
}

/**
 * @param {MediaStreamConstraints} constraints
 * @returns {Promise<{tracks: MediaStreamTrack[], cause: Cause | null}>}
 */
async function one(constraints) {
  try {
    const stream = await navigator.mediaDevices.getUserMedia(constraints);
    return { tracks: stream.getTracks(), cause: null };
  } catch (error) {
    return { tracks: [], cause: cause(error) };
  }
}

/**
 * How loud the microphone is, 0 to 1, read whenever asked.
 * @param {MediaStream} stream
 * @returns {{read: () => number, close: () => void} | null} null where it cannot be measured
 */
export function meter(stream) {
  if (!stream.getAudioTracks().length || !window.AudioContext) return null;
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    read() {
      // Browsers start it only once the person has touched the page.
      if (context.state === "suspended") context.resume().catch(() => {});
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      return Math.min(1, Math.sqrt(power) * 4);
    },
    close: () => void context.close(),
  };
}
