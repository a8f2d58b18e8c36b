using static CsmAgent.Conversation.Turns.Endpointing.ClauseWords;

namespace CsmAgent.Conversation.Turns.Endpointing;

/// <summary>Judges by words alone whether a clause is finished. Rules over the last words: recognisers give no punctuation, and what must
/// follow an English function word is known without a model. Accuracy is measured in the tests.</summary>
internal static class ClauseCompleteness
{
    // The first rule that speaks decides.
    private static readonly Func<Clause, ClauseJudgement?>[] Rules =
        [Object, Thought, That, Well, Then, Sum, DigitString, Count, WithoutVerb, Inverted, Auxiliary, No, Particle, Adjective, What, Stranded, SoOrNot, Order, Opener, Condition];

    /// <summary>Judges what was said in the turn so far.</summary>
    public static ClauseJudgement Judge(string text)
    {
        var trimmed = text.TrimEnd();
        if (trimmed.Length > 0 && trimmed[^1] is ',' or '-' or '…' or ':' || trimmed.EndsWith("...", StringComparison.Ordinal))
        {
            return Open("the text breaks off");
        }

        var words = WithoutCourtesy(SpokenWords.Split(trimmed));
        if (words.Length < 2)
        {
            return words.Length == 0 ? Unclear("no words")
                : CompleteAlone.Contains(words[0]) ? Complete($"'{words[0]}' stands alone")
                : Openers.Contains(words[0]) ? Follows(words[0])
                : Unclear("a single word");
        }

        var clause = new Clause(words);
        foreach (var rule in Rules)
        {
            if (rule(clause) is { } judgement)
            {
                return judgement;
            }
        }

        return Complete($"nothing must follow '{clause.Last}'");
    }

    // "please" only asks, and so does the breath after it: what stands before decides.
    private static string[] WithoutCourtesy(string[] words)
    {
        if (words.Length > 3 && words[^2] == "please" && Murmurs.Contains(words[^1]))
        {
            words = words[..^1];
        }

        return words.Length > 2 && words[^1] == "please" ? words[..^1] : words;
    }

    // "what can you tell me", "do you know who i mean": there the object stands in front. "how do you know" needs none.
    private static ClauseJudgement? Object(Clause c) =>
        MissingObject.FirstOrDefault(c.EndsIn) is { } phrase
        && !(c.Words[0] is "what" or "who" or "which" && c.Words.Length > phrase.Count(letter => letter == ' ') + 2)
        && !(phrase == "you know" && c.Words.Length > 2 && Inverting.Contains(c.Words[^3]))
            ? Follows(phrase)
            : null;

    private static ClauseJudgement? Thought(Clause c) =>
        (c.Core is ["i", var verb] && Thoughts.Contains(verb)) || c.Core is ["my", "name" or "number"] ? Follows(c.Pair) : null;

    private static ClauseJudgement? That(Clause c) =>
        c.Last != "that" ? null : ThatAsObject.Contains(c.Before) ? Complete("'that' is the object") : Follows("that");

    // "oh well" hesitates; after a verb it says how, as in "sleep well".
    private static ClauseJudgement? Well(Clause c) =>
        c.Last != "well" ? null : Openings.Contains(c.Before) || c.Before == "because" ? Follows("well") : Complete("'well' says how");

    private static ClauseJudgement? Then(Clause c) =>
        c.Last != "then" ? null : Openings.Contains(c.Before) || c.Before == "because" ? Follows("then") : Complete("'then' says when");

    private static ClauseJudgement? Sum(Clause c) =>
        c.Core is ["how", "much", "is", .. var some] && some.Length > 0 && some.All(Digits.Contains)
        || (c.Core is ["what", "is", .. var more] && more.Length > 0 && more.All(Digits.Contains))
            ? Open("a sum needs two numbers")
            : c.Core is ["how", "much", "is", "it"] ? Unclear("recognisers write 'it' for the breath before a sum")
            : null;

    private static ClauseJudgement? DigitString(Clause c) =>
        c.Words.Length > 3 && c.Words[^4..].All(Digits.Contains) ? Unclear("a string of digits may go on") : null;

    private static ClauseJudgement? Count(Clause c) =>
        Digits.Contains(c.Last) && (Counting.Contains(c.Before) || (c.Words.Length > 2 && Digits.Contains(c.Before) && Counting.Contains(c.Words[^3])))
            ? Unclear($"'{c.Last}' may count something")
            : null;

    private static ClauseJudgement? WithoutVerb(Clause c)
    {
        if (!c.AsksWhat || c.Core.Length > 4 || c.Core.Any(word => Auxiliaries.Contains(word) || word is "what's" or "who's" or "where's"))
        {
            return null;
        }

        return (c.Core[0] is "what" or "which" or "whose" && Measured.Contains(c.Last))
            || (c.Core is ["how", var degree, .. var rest] && Degrees.Contains(degree) && (rest.Length == 0 || degree is "many" or "much"))
                ? Open($"the question '{string.Join(' ', c.Core)}' has no verb yet")
                : null;
    }

    private static ClauseJudgement? Inverted(Clause c)
    {
        var begins = c.Core.Length <= 2 || c.AsksWhat || Openings.Contains(c.Words[^3]) || Conjunctions.Contains(c.Words[^3]);
        return (Pronouns.Contains(c.Last) && Inverting.Contains(c.Before) && begins)
            || (Pronouns.Contains(c.Last) && c.Before is "if" or "when" or "because" or "what" or "where" or "how" or "while" or "whether" or "unless" or "why")
                ? Open($"after '{c.Pair}' the verb must follow")
                : null;
    }

    private static ClauseJudgement? Auxiliary(Clause c) =>
        !Copulas.Contains(c.Last) || !(Pronouns.Contains(c.Before) || c.Before == "all") ? null
        : c.Words[..^1].Any(Embedding.Contains) ? Complete($"'{c.Pair}' ends a clause inside another")
        : Follows(c.Pair);

    private static ClauseJudgement? No(Clause c) =>
        c.Last == "no" && c.Before is "is" or "are" or "was" or "were" or "have" or "has" or "had" or "there's" or "i've" or "with" or "by" or "of" or "it's" or "that's"
            ? Follows("no")
            : null;

    private static ClauseJudgement? Particle(Clause c) =>
        c.Last is not ("in" or "on") ? null
        : c.Words[Math.Max(0, c.Words.Length - 4)..^1].Any(ParticleVerbs.Contains) ? Complete($"'{c.Last}' belongs to the verb")
        : Follows(c.Last);

    private static ClauseJudgement? Adjective(Clause c) =>
        Adjectives.Contains(c.Last) && Determiners.Contains(c.Before) && !FinishedPairs.Contains(c.Pair) ? Follows(c.Pair) : null;

    private static ClauseJudgement? What(Clause c) =>
        c.Last == "what" && c.Before is not ("guess" or "so" or "say" or "do" or "for" or "like" or "know" or "about" or "of" or "with" or "at" or "then" or "oh" or "sorry" or "wait") ? Follows("what") : null;

    // "what are you looking for", "where are you from", "what would you like": the question word is the object.
    private static ClauseJudgement? Stranded(Clause c)
    {
        if (c.Last == "like" && c.Words.Any(Questions.Contains))
        {
            return Complete("'like' ends the question");
        }

        var mayStrand = c.Words.Any(word => Questions.Contains(word) && word is not ("how" or "when" or "why"));
        var isStranded = Prepositions.Contains(c.Last)
            && ((Pronouns.Contains(c.Before) && c.AsksWhat && c.Core.Length <= 4) || Stranding.Contains(c.Before) || (c.Before.Length > 4 && c.Before.EndsWith("ing", StringComparison.Ordinal)));
        var isObject = c.AsksWhat && c.Core.Length > 3 && c.Last is "do" or "have" or "be" or "say" or "mean" or "want" or "need";
        return mayStrand && (isStranded || isObject) ? Complete($"the question word is the object of '{c.Last}'") : null;
    }

    private static ClauseJudgement? SoOrNot(Clause c) =>
        c.Last is "so" or "not" && c.Before is "think" or "hope" or "guess" or "say" or "said" or "told" or "suppose" or "believe" or "course" or "maybe" or "probably"
            ? Complete($"'{c.Last}' stands for a clause")
            : null;

    private static ClauseJudgement? Order(Clause c) =>
        Orders.Contains(c.Last) && !c.AsksWhat && Array.Exists(Courtesies, courtesy => c.EndsIn($"{courtesy} {c.Last}")) ? Follows(c.Last) : null;

    private static ClauseJudgement? Opener(Clause c) => Openers.Contains(c.Last) && !FinishedPairs.Contains(c.Pair) ? Follows(c.Last) : null;

    // "if it rains tomorrow": a main clause has a subject of its own, or asks.
    private static ClauseJudgement? Condition(Clause c) =>
        c.Core[0] is "if" or "unless" or "although" or "whenever" && c.Core.Skip(1).Count(word => Pronouns.Contains(word) || Subjects.Contains(word) || Questions.Contains(word)) < 2
            ? Unclear($"after '{c.Core[0]}' a second clause may follow")
            : null;

    private static ClauseJudgement Complete(string why) => new(Completeness.Complete, why);

    private static ClauseJudgement Unclear(string why) => new(Completeness.Unclear, why);

    private static ClauseJudgement Open(string why) => new(Completeness.Incomplete, why);

    private static ClauseJudgement Follows(string words) => Open($"something must follow '{words}'");
}
