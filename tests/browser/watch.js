// Runs in the page before its own scripts: counts what the tests ask about, changes nothing.
window.watched = { negotiations: 0, cameras: 0, connection: null };

const setRemoteDescription = RTCPeerConnection.prototype.setRemoteDescription;
RTCPeerConnection.prototype.setRemoteDescription = function (...args) {
  window.watched.negotiations += 1;
  window.watched.connection = this;
  return setRemoteDescription.apply(this, args);
};

if (navigator.mediaDevices) {
  const getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (constraints) => {
    window.watched.cameras += 1;
    return getUserMedia(constraints);
  };
}

/** Sum of a field of the stats over all entries of a type and kind. */
window.sumStats = async (type, kind, field) => {
  let sum = 0;
  for (const entry of (await window.watched.connection.getStats()).values()) {
    if (entry.type === type && entry.kind === kind) sum += entry[field] ?? 0;
  }
  return sum;
};

/** Messages that came over each data channel, by its label. */
window.messagesReceived = async () => {
  const stats = await window.watched.connection.getStats();
  const channels = [...stats.values()].filter(({ type }) => type === "data-channel");
  return Object.fromEntries(channels.map(({ label, messagesReceived }) => [label, messagesReceived]));
};

/** So many of the avatar's pictures as they come: grey, 64 x 64, each with its RTP time. */
window.recordPictures = (count) =>
  new Promise((resolve) => {
    const { video } = document.querySelector("avatar-call");
    const canvas = new OffscreenCanvas(64, 64);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const pictures = [];
    const take = (now, { rtpTimestamp }) => {
      context.drawImage(video, 0, 0, 64, 64);
      const { data } = context.getImageData(0, 0, 64, 64);
      const grey = [];
      for (let i = 0; i < data.length; i += 4) {
        grey.push(Math.round(0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2]));
      }
      pictures.push({ rtpTime: rtpTimestamp, grey });
      if (pictures.length < count) video.requestVideoFrameCallback(take);
      else resolve(pictures);
    };
    video.requestVideoFrameCallback(take);
  });

/** Avatar frames that came to the screen a second, counted over some seconds. */
window.countPictures = (seconds) =>
  new Promise((resolve) => {
    const { video } = document.querySelector("avatar-call");
    let first = null;
    const take = (now, { presentedFrames }) => {
      first ??= { now, presentedFrames };
      const elapsed = (now - first.now) / 1000;
      if (elapsed < seconds) video.requestVideoFrameCallback(take);
      else resolve((presentedFrames - first.presentedFrames) / elapsed);
    };
    video.requestVideoFrameCallback(take);
  });
