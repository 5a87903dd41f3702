using Parquet;
using Parquet.Schema;
using Tern.Models;
using Tern.Testing;
using Tern.Train.Data.Documents;
using Tern.Train.Recipes;

namespace Tern.Train.Tests.Data;

public sealed class DocumentReaderTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_text_file_is_a_document_as_it_stands()
    {
        File.WriteAllBytes(folder["a.txt"], [0xEF, 0xBB, 0xBF, .. "\nÜber\r\n"u8]);
        Assert.Equal(["\nÜber\r\n"], Read("a.txt"));
    }

    [Fact]
    public void A_separator_stands_between_documents_and_takes_its_line_breaks_along()
    {
        File.WriteAllText(folder["a.txt"], "one\n<|end|>\ntwo\n\nmore\n<|end|>\n<|end|>\n");
        Assert.Equal(["one", "two\n\nmore"], Read("a.txt", new() { Path = "", DocumentSeparator = "<|end|>" }));
    }

    [Fact]
    public void A_pattern_gives_the_files_in_order_and_reads_each_by_its_ending()
    {
        Directory.CreateDirectory(folder["b"]);
        File.WriteAllText(folder["2.txt"], "two");
        File.WriteAllText(folder["1.txt"], "one");
        File.WriteAllText(folder["b/3.txt"], "three");
        File.WriteAllText(folder["0.jsonl"], "{\"text\": \"zero\"}");
        Assert.Equal(["one", "two"], Read("*.txt"));
        Assert.Equal(["one", "two", "three"], Read("**/*.txt"));
        Assert.Equal(["zero", "one", "two"], Read("?.*"));
    }

    [Fact]
    public void Json_lines_give_the_texts_of_a_key()
    {
        File.WriteAllText(folder["a.jsonl"], "{\"n\": 1, \"story\": \"a\\nb\"}\r\n\n{\"story\": \"\"}\n{\"story\": \"\\ud83d\\ude00\"}");
        Assert.Equal(["a\nb", "😀"], Read("a.jsonl", new() { Path = "", Field = "story" }));
    }

    [Theory]
    [InlineData("{\"text\": \"a\"}\n{\"text\": ", "line 2: no valid JSON at byte")]
    [InlineData("{\"text\": \"a\"}\n\n[1]", "line 3: is a list")]
    [InlineData("{\"body\": \"a\"}", "line 1: has no key 'text'; it has 'body'")]
    [InlineData("{\"text\": 1}", "line 1: 'text' is a number")]
    [InlineData("{\"text\": \"a\"} {}", "line 1")]
    [InlineData("{\"text\": \"\\ud83d\"}", "line 1: 'text' holds half of a surrogate pair")]
    public void An_error_in_json_lines_names_file_and_line(string json, string message)
    {
        File.WriteAllText(folder["a.jsonl"], json);
        var problem = Assert.Throws<TernException>(() => Read("a.jsonl")).Message;
        Assert.StartsWith(folder["a.jsonl"], problem);
        Assert.Contains(message, problem);
    }

    [Theory]
    [InlineData("a.txt", 7)]
    [InlineData("a.jsonl", 12)]
    public void A_byte_that_is_no_utf8_is_named_by_its_offset(string name, int offset)
    {
        byte[] start = name == "a.txt" ? [.. "Grü abc"u8[..7]] : [.. "{\"text\": \"ab"u8];
        File.WriteAllBytes(folder[name], [.. start, 0xFF, .. "\"}"u8]);
        Assert.Contains($"not UTF-8 at byte {offset}", Assert.Throws<TernException>(() => Read(name)).Message);
    }

    [Fact]
    public void The_offset_counts_from_the_start_of_the_file()
    {
        File.WriteAllBytes(folder["a.txt"], [.. "one==two"u8, 0xC3]);
        Assert.Contains("byte 8", Assert.Throws<TernException>(() => Read("a.txt", new() { Path = "", DocumentSeparator = "==" })).Message);
    }

    [Theory]
    [InlineData("a.txt")]
    [InlineData("a.jsonl")]
    [InlineData("a.parquet")]
    public void Empty_files_are_refused(string name)
    {
        File.WriteAllBytes(folder[name], []);
        Assert.Contains("is empty", Assert.Throws<TernException>(() => Read(name)).Message);
    }

    [Fact]
    public void Binary_files_are_refused()
    {
        File.WriteAllBytes(folder["a.txt"], [.. "PAR1"u8, 0, 1, 2]);
        Assert.Contains("NUL at byte 4", Assert.Throws<TernException>(() => Read("a.txt")).Message);
    }

    [Fact]
    public void What_names_no_file_is_refused()
    {
        File.WriteAllText(folder["a.json"], "{}");
        Assert.Contains("no such file", Assert.Throws<TernException>(() => Read("none.txt")).Message);
        Assert.Contains("no file fits", Assert.Throws<TernException>(() => Read("*.txt")).Message);
        Assert.Contains("is a folder", Assert.Throws<TernException>(() => Read(".")).Message);
        Assert.Contains("line by line", Assert.Throws<TernException>(() => Read("a.json")).Message);
        Assert.Contains("is unknown", Assert.Throws<TernException>(() => Read("a.json", new() { Path = "", Format = "csv" })).Message);
    }

    [Fact]
    public async Task Parquet_gives_the_texts_of_a_column_over_all_row_groups()
    {
        await WriteParquet(folder["a.parquet"]);
        Assert.Equal(["a", "c", "a", "c"], Read("a.parquet"));
        Assert.Contains("'text', 'n'", Assert.Throws<TernException>(() => Read("a.parquet", new() { Path = "", Field = "body" })).Message);
        Assert.Contains("does not hold texts", Assert.Throws<TernException>(() => Read("a.parquet", new() { Path = "", Field = "n" })).Message);
    }

    [Fact]
    public async Task A_damaged_parquet_file_ends_in_a_message_or_in_texts()
    {
        await WriteParquet(folder["good.parquet"]);
        var good = File.ReadAllBytes(folder["good.parquet"]);
        File.WriteAllBytes(folder["cut.parquet"], good[..^1]);
        Assert.Contains("the end of the Parquet file is missing", Assert.Throws<TernException>(() => Read("cut.parquet")).Message);
        var (refused, other) = (0, (Exception?)null);
        // On a thread that has run no matrix product: see ParquetDocuments.
        var thread = new Thread(() =>
        {
            for (var at = 4; at < good.Length - 4; at++)
            {
                var bad = (byte[])good.Clone();
                bad[at] ^= 0xFF;
                File.WriteAllBytes(folder["bad.parquet"], bad);
                try
                {
                    Read("bad.parquet");
                }
                catch (TernException)
                {
                    refused++;
                }
                catch (Exception problem)
                {
                    other = problem;
                }
            }
        });
        thread.Start();
        thread.Join();
        Assert.Null(other);
        Assert.InRange(refused, 1, good.Length);
    }

    static async Task WriteParquet(string path)
    {
        var (text, n) = (new DataField<string>("text"), new DataField<int>("n"));
        await using var stream = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(text, n), stream);
        for (var group = 0; group < 2; group++)
        {
            using var rows = writer.CreateRowGroup();
            await rows.WriteAsync(text, new string?[] { "a", null, "", "c" }!);
            await rows.WriteAsync<int>(n, new[] { 1, 2, 3, 4 });
        }
    }

    List<string> Read(string name, DataSource? source = null) => [.. DocumentReader.Read((source ?? new DataSource { Path = "" }) with { Path = folder[name] })];
}
