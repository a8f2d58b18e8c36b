namespace CsmAgent.Conversation.Turns.Interruption;

/// <summary>Whom words alone are meant for.</summary>
internal enum Addressee
{
    /// <summary>No words, or only such as recognisers write for a murmur.</summary>
    Nothing,

    /// <summary>What listeners say.</summary>
    Listener,

    /// <summary>Words that could be said to anybody.</summary>
    Anybody,

    /// <summary>Words about oneself: "my name is", "i need".</summary>
    Personal,

    /// <summary>A question or a request: somebody is asked.</summary>
    Request,

    /// <summary>Nothing but "hey", or "hey" and what recognisers write for a murmur: so somebody near is called, and so is a noise written.</summary>
    Call,

    /// <summary>Words that ask for the floor: "stop", "wait", "no".</summary>
    Stop,
}
