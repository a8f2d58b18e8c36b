using System.Globalization;
using System.Net;

namespace CsmAgent.Conversation.Reporting;

/// <summary>How a report writes numbers, times and text.</summary>
internal static class ReportText
{
    public static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    public static string Milliseconds(double value) => value.ToString("0", CultureInfo.InvariantCulture);

    public static string Time(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{(int)(seconds / 60)}:{seconds % 60:00.0}");

    public static string Text(string text) => WebUtility.HtmlEncode(text);
}
