namespace CsmAgent.Conversation.Streams;

/// <summary>A stretch of speech on its way to recogniser and codec, in order.</summary>
internal abstract record UtterancePart(int Utterance);

/// <summary>Speech began, this many samples before the block's end.</summary>
internal sealed record UtteranceStart(int Utterance, long FirstVoiced) : UtterancePart(Utterance);

/// <summary>The next samples: a whole frame on the conversation's frame grid, or, only at the end, less.</summary>
internal sealed record UtteranceAudio(int Utterance, float[] Samples) : UtterancePart(Utterance);

/// <summary>Speech ended: voice activity at <c>LastVoiced</c>, what could be heard of it at <c>LastAudible</c>. Of the whole frames given, the first <c>VoicedFrames</c> hold speech; the rest is silence.</summary>
internal sealed record UtteranceEnd(int Utterance, long LastVoiced, long LastAudible, int VoicedFrames) : UtterancePart(Utterance);
