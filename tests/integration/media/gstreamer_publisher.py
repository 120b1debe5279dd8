"""GStreamer's webrtcbin as a WHIP client; run by Debian's Python, which has GObject: URL, token, VP8 or H264."""

import sys
import threading
import urllib.request
from typing import Any

import gi  # type: ignore[import-not-found, unused-ignore]

for library in ("Gst", "GstSdp", "GstWebRTC"):
    gi.require_version(library, "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # type: ignore[import-not-found, unused-ignore] # noqa: E402

ENCODERS = {
    "VP8": "vp8enc deadline=1 keyframe-max-dist=30 ! rtpvp8pay pt=96 ! application/x-rtp,media=video,"
    "encoding-name=VP8,payload=96",
    "H264": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=30 ! "
    "video/x-h264,profile=constrained-baseline ! rtph264pay pt=96 config-interval=-1 ! "
    "application/x-rtp,media=video,encoding-name=H264,payload=96,packetization-mode=(string)1",
}
PIPELINE = (
    "webrtcbin name=rtc bundle-policy=max-bundle "
    "videotestsrc is-live=true ! video/x-raw,width=640,height=360,framerate=30/1 ! videoconvert ! "
    "queue ! {} ! rtc. "
    "audiotestsrc is-live=true ! audioconvert ! audioresample ! opusenc ! rtpopuspay pt=111 ! "
    "application/x-rtp,media=audio,encoding-name=OPUS,payload=111 ! rtc."
)


class Publisher:
    """Offers when its candidates are gathered, and takes the answer."""

    def __init__(self, url: str, token: str, codec: str) -> None:
        self.url, self.token = url, token
        self.pipeline = Gst.parse_launch(PIPELINE.format(ENCODERS[codec]))
        self.rtc = self.pipeline.get_by_name("rtc")
        self.kept: list[Any] = []  # what GObject would give back too early
        self.rtc.connect("on-negotiation-needed", self.negotiate)
        self.rtc.connect("notify::ice-gathering-state", self.gathered)
        self.pipeline.set_state(Gst.State.PLAYING)

    def negotiate(self, rtc: Any) -> None:
        """Makes an offer."""
        rtc.emit("create-offer", None, Gst.Promise.new_with_change_func(self.offered))

    def offered(self, promise: Any, *_: Any) -> None:
        """Begins to gather."""
        reply = promise.get_reply()
        offer = reply.get_value("offer")
        self.kept += [reply, offer, offer.sdp]
        self.rtc.emit("set-local-description", offer, Gst.Promise.new())

    def gathered(self, *_: Any) -> None:
        """Sends the offer, once all candidates are in it."""
        if self.rtc.props.ice_gathering_state == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            threading.Thread(target=self.exchange).start()

    def exchange(self) -> None:
        """WHIP: one POST."""
        offer = self.rtc.props.local_description.sdp.as_text()
        headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {self.token}"}
        with urllib.request.urlopen(urllib.request.Request(self.url, offer.encode(), headers)) as response:
            _, message = GstSdp.SDPMessage.new()
            GstSdp.sdp_message_parse_buffer(response.read(), message)
        answer = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
        self.kept += [message, answer]
        self.rtc.emit("set-remote-description", answer, Gst.Promise.new())


if __name__ == "__main__":
    Gst.init(None)
    publisher = Publisher(*sys.argv[1:4])
    GLib.MainLoop().run()
